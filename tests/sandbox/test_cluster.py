"""A real cluster is sent Programs that no client has looked at."""

from collections.abc import Iterator

import pytest

import pyfora
from pyfora.errors import InvalidPyforaOperation
from pyfora.program import nodes
from tests.clusters import PrivateCluster
from tests.sandbox.test_escapes import handmade, text_of
from tests.sandbox.tricks import UNCATCHABLE


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pyfora.Executor]:
    settings = {"UFORA_WORKER_COMPILE": "never", "UFORA_WORKER_CUT": "always"}
    with PrivateCluster(tmp_path_factory.mktemp("cluster"), settings) as cluster, pyfora.connect(cluster.url) as executor:
        yield executor


@pytest.mark.parametrize("path", ["os.system", "builtins.eval", "subprocess.Popen"])
def test_a_handmade_program_that_names_what_is_not_allowed_is_refused(executor: pyfora.Executor, path: str) -> None:
    program = handmade("def trick():\n    return thing('true')\n", thing=path)
    with pytest.raises(InvalidPyforaOperation, match="may not be used on the cluster"):
        executor._submit(lambda: program).result(60)


def test_a_handmade_program_that_holds_such_a_thing_is_refused(executor: pyfora.Executor) -> None:
    program = nodes.Program((), (nodes.Named("os.system"),), (), nodes.Value(0))
    with pytest.raises(InvalidPyforaOperation, match=r"os\.system"):
        executor._submit(lambda: program).result(60)


@pytest.mark.parametrize("body", [UNCATCHABLE["a bare except"], UNCATCHABLE["a loop that tries again"], UNCATCHABLE["a return in finally"]])
def test_a_refusal_cannot_be_handled(executor: pyfora.Executor, body: str) -> None:
    with pytest.raises(InvalidPyforaOperation, match=r"user\.py, line "):
        executor._submit(lambda: handmade(text_of(body))).result(60)


def test_a_refusal_in_a_slice_cannot_be_handled(executor: pyfora.Executor) -> None:
    body = "try:\n return [getattr(len, '__se' + 'lf__') for n in range(100_000)]\nexcept: return 1"
    with pytest.raises(InvalidPyforaOperation, match=r"user\.py, line 3: .*`__self__`"):
        executor._submit(lambda: handmade(text_of(body))).result(60)


def test_what_an_earlier_block_made_stays_as_it_is(executor: pyfora.Executor) -> None:
    made = executor.submit(lambda: [[1], [2]]).result(60)
    with pytest.raises(InvalidPyforaOperation, match=r"test_cluster\.py, line \d+: .*changes a list made outside"):
        executor.submit(lambda: made[0].append(3)).result(60)
    assert made.toLocal().result(60) == [[1], [2]]
