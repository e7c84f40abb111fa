"""Dialogues between a session and fake workers."""

import asyncio
from pathlib import Path

import pytest

from tests.ufora.gateway.dialogue import a_dialogue
from tests.ufora.gateway.fakes import EXPLANATION, Question, a_program, text_of
from ufora.engine.contract import TaskFailed, WorkerLost
from ufora.gateway import driver
from ufora.gateway.computation import State
from ufora.protocol.messages import INLINE_BYTES, PIECE_BYTES, Drop, Evaluate, Fetch, HandOver, Read, TakeOver
from ufora.protocol.progress import Progress


@pytest.mark.asyncio
async def test_a_computation_is_evaluated_and_its_end_is_told(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        computation = dialogue.run("c1")
        assert await dialogue.until_told("c1") == "done"
        assert computation.finished.result == a_program(b"c1")
        assert dialogue.session.worker == "w1"


@pytest.mark.asyncio
async def test_computations_wait_until_a_worker_joins(tmp_path: Path):
    async with a_dialogue(tmp_path, workers=0) as dialogue:
        computation = dialogue.run("c1")
        await asyncio.sleep(0)
        assert computation.state is State.WAITING
        dialogue.engine.set_workers("w9")
        dialogue.session.wake()
        assert await dialogue.until_told("c1") == "done"


@pytest.mark.asyncio
async def test_a_lost_worker_costs_the_client_nothing(tmp_path: Path):
    reached = asyncio.Event()

    async def evaluate(question: Question) -> bytes:
        if question.computation == "c3" and question.worker == "w1":
            reached.set()
            await asyncio.Event().wait()
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        for name in ("c1", "c2", "c3"):
            dialogue.run(name)
        await reached.wait()
        await dialogue.lose("w2")
        assert await dialogue.until_told("c3") == "done"
        first = [("w1", name, "remote") for name in ("c1", "c2", "c3")]
        assert dialogue.evaluated() == [*first, *(("w2", name, "remote") for name in ("c1", "c2", "c3"))]
        assert [name for name, _ in dialogue.told] == ["c1", "c2", "c3"]


@pytest.mark.asyncio
async def test_a_result_asked_for_again_while_its_values_are_made_again_is_told_again(tmp_path: Path):
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def evaluate(question: Question) -> bytes:
        if question.worker == "w2":
            reached.set()
            await go_on.wait()
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        computation = dialogue.run("c1")
        assert await dialogue.until_told("c1") == "done"
        await dialogue.lose("w2")
        await reached.wait()
        assert not dialogue.session.is_readable(computation)
        go_on.set()
        await dialogue.until(lambda: dialogue.told == [("c1", "done")] * 2)


@pytest.mark.asyncio
async def test_only_values_in_use_are_made_again(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        home, dropped = dialogue.run("home", want="all"), dialogue.run("dropped")
        dialogue.run("kept")
        await dialogue.until_told("kept")
        await dialogue.session.forget(dropped)
        dialogue.engine.asked.clear()
        await dialogue.lose("w2")
        dialogue.run("next")
        await dialogue.until_told("next")
        assert [name for _, name, _ in dialogue.evaluated()] == ["kept", "next"]
        assert home.state is State.DONE
        assert dropped.state is State.GONE


@pytest.mark.asyncio
async def test_dropped_values_are_dropped_again_after_the_last_run_that_may_need_them(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        dialogue.run("c1")
        dialogue.run("c2")
        await dialogue.until_told("c2")
        await dialogue.session.drop([("c1", "x")])
        dialogue.engine.asked.clear()
        await dialogue.lose("w2")
        await dialogue.until(lambda: any(isinstance(asked, Drop) for _, asked in dialogue.engine.asked))
        kinds = [asked if isinstance(asked, Drop) else asked.computation for _, asked in dialogue.engine.asked]
        assert kinds == ["c1", "c2", Drop((("c1", "x"),))]


@pytest.mark.asyncio
async def test_a_computation_that_kills_four_workers_fails_and_the_next_one_runs(tmp_path: Path):
    async def evaluate(question: Question) -> bytes:
        if text_of(question.program) == b"deadly":
            raise WorkerLost("out of memory")
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        deadly = dialogue.run("deadly")
        dialogue.run("next")
        assert await dialogue.until_told("deadly") == "failed"
        assert deadly.problem.startswith("it was started 4 times")
        assert "out of memory" in deadly.problem
        assert await dialogue.until_told("next") == "done"


@pytest.mark.asyncio
async def test_an_engine_that_fails_fails_only_the_computation(tmp_path: Path):
    async def evaluate(question: Question) -> bytes:
        if text_of(question.program) == b"c1":
            raise TaskFailed("the driver answered nonsense")
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        failing = dialogue.run("c1")
        dialogue.run("c2")
        assert await dialogue.until_told("c1") == "failed"
        assert failing.problem == "the driver answered nonsense"
        assert await dialogue.until_told("c2") == "done"


@pytest.mark.asyncio
async def test_a_value_is_fetched_from_the_worker_that_made_it_again(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        dialogue.run("c1")
        await dialogue.until_told("c1")
        await dialogue.lose("w2")
        dialogue.fetch("f1", "c1", "x")
        assert await dialogue.until_told("f1") == "done"
        assert dialogue.engine.asked[-2][1].computation == "c1"
        assert dialogue.engine.asked[-1] == ("w2", Fetch("c1", "x"))


@pytest.mark.asyncio
async def test_a_running_computation_is_cancelled_through_its_driver(tmp_path: Path):
    started = asyncio.Event()

    async def evaluate(question: Question) -> bytes:
        started.set()
        return await asyncio.Event().wait()

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        computation = dialogue.run("c1")
        await started.wait()
        await dialogue.session.cancel(computation)
        assert await dialogue.until_told("c1") == "cancelled"


@pytest.mark.asyncio
async def test_a_waiting_computation_is_cancelled_at_once(tmp_path: Path):
    async with a_dialogue(tmp_path, workers=0) as dialogue:
        await dialogue.session.cancel(dialogue.run("c1"))
        assert dialogue.told == [("c1", "cancelled")]


@pytest.mark.asyncio
async def test_cancelling_what_has_ended_changes_nothing(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        computation = dialogue.run("c1")
        await dialogue.until_told("c1")
        await dialogue.session.cancel(computation)
        assert dialogue.told == [("c1", "done")]


LARGE = a_program(bytes(PIECE_BYTES + INLINE_BYTES))


@pytest.mark.asyncio
async def test_a_large_result_is_read_in_pieces_a_few_ahead_of_those_that_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(driver, "PIECE_BYTES", len(LARGE) // 9)
    async with a_dialogue(tmp_path) as dialogue:
        computation = dialogue.run("c1", "all", LARGE)
        await dialogue.until_told("c1")
        reads, taken = [], b""
        async for piece in dialogue.session.read_result(computation):
            taken += piece
            reads.append(sum(isinstance(asked, Read) for _, asked in dialogue.engine.asked))
        assert taken == LARGE
        assert len(reads) == reads[-1] == 10
        assert all(asked <= taken + driver.READ_AHEAD for taken, asked in enumerate(reads, start=1))
        assert computation.has_result


@pytest.mark.asyncio
async def test_a_large_result_that_breaks_off_is_computed_again(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        computation = dialogue.run("c1", "all", LARGE)
        await dialogue.until_told("c1")
        pieces = dialogue.session.read_result(computation)
        await anext(pieces)
        await pieces.aclose()
        await dialogue.until(lambda: len(dialogue.told) == 2)
        assert dialogue.told == [("c1", "done"), ("c1", "done")]
        assert len(dialogue.evaluated()) == 2
        assert b"".join([piece async for piece in dialogue.session.read_result(computation)]) == LARGE


@pytest.mark.asyncio
async def test_the_end_of_a_session_ends_its_driver(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        dialogue.run("c1")
        await dialogue.until_told("c1")
    assert dialogue.engine.ended == [("w1", "s")]


@pytest.mark.asyncio
async def test_our_own_fault_fails_what_had_not_ended(tmp_path: Path):
    async with a_dialogue(tmp_path, workers=0) as dialogue:
        dialogue.run("c1")
        await dialogue.session.fail("it broke")
        assert dialogue.told == [("c1", "failed")]


@pytest.mark.asyncio
async def test_a_session_moves_with_all_it_holds_when_its_worker_leaves(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        dialogue.run("c1")
        await dialogue.until_told("c1")
        dialogue.begin_to_leave("w1")
        await dialogue.until(lambda: ("w1", "s") in dialogue.engine.ended)
        dialogue.run("c2")
        await dialogue.until_told("c2")
        asked = [(worker, type(message)) for worker, message in dialogue.engine.asked]
        assert asked == [("w1", Evaluate), ("w1", HandOver), ("w2", TakeOver), ("w2", Evaluate)]
        assert dialogue.evaluated() == [("w1", "c1", "remote"), ("w2", "c2", "remote")]


@pytest.mark.asyncio
async def test_what_runs_when_a_worker_leaves_ends_there_and_what_waits_starts_elsewhere(tmp_path: Path):
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def evaluate(question: Question) -> bytes:
        reached.set()
        await go_on.wait()
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        dialogue.run("c1")
        dialogue.run("c2")
        await reached.wait()
        dialogue.begin_to_leave("w1")
        await asyncio.sleep(0)
        go_on.set()
        await dialogue.until_told("c2")
        assert dialogue.evaluated() == [("w1", "c1", "remote"), ("w2", "c2", "remote")]


@pytest.mark.asyncio
async def test_a_result_is_read_before_the_session_moves(tmp_path: Path):
    async def evaluate(question: Question) -> bytes:
        return a_program(b"x" * (2 * INLINE_BYTES))

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        computation = dialogue.run("c1")
        await dialogue.until_told("c1")
        dialogue.begin_to_leave("w1")
        assert len(b"".join([piece async for piece in dialogue.session.read_result(computation)])) > 2 * INLINE_BYTES
        await dialogue.until(lambda: dialogue.session.worker == "w2")
        assert len(dialogue.evaluated()) == 1


@pytest.mark.asyncio
async def test_without_another_worker_values_are_computed_again_when_one_comes(tmp_path: Path):
    async with a_dialogue(tmp_path, workers=1) as dialogue:
        dialogue.run("c1")
        await dialogue.until_told("c1")
        dialogue.begin_to_leave("w1")
        await dialogue.until(lambda: dialogue.session.worker is None)
        dialogue.engine.set_workers("w2")
        dialogue.session.wake()
        await dialogue.until(lambda: len(dialogue.evaluated()) == 2)
        assert dialogue.evaluated()[1] == ("w2", "c1", "remote")


@pytest.mark.asyncio
async def test_a_worker_that_is_lost_while_its_session_moves_costs_time_only(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        dialogue.run("c1")
        await dialogue.until_told("c1")
        dialogue.begin_to_leave("w1")  # the fake has forgotten it: it is as good as lost
        dialogue.engine.leaving.clear()
        dialogue.engine.set_workers("w2")
        await dialogue.until(lambda: len(dialogue.evaluated()) == 2)
        assert dialogue.evaluated()[1] == ("w2", "c1", "remote")


@pytest.mark.asyncio
async def test_the_client_hears_how_far_it_is_while_it_runs_and_what_happened_afterwards(tmp_path: Path):
    go_on = asyncio.Event()

    async def wait(question: Question) -> bytes:
        await go_on.wait()
        return question.program

    async with a_dialogue(tmp_path, wait) as dialogue:
        dialogue.engine.progress = early = Progress(0.25, 1, 4, 2, 3.0, "a.py", 3)
        computation = dialogue.run("c1")
        await dialogue.until(lambda: dialogue.progress == [("c1", early)])
        dialogue.engine.progress = late = Progress(0.75, 3, 4, 2, 1.0, "a.py", 3)
        await dialogue.until(lambda: dialogue.progress == [("c1", early), ("c1", late)])
        assert computation.progress == late
        go_on.set()
        assert await dialogue.until_told("c1") == "done"
        assert computation.progress is None
        assert computation.explanation == EXPLANATION
        asked = len(dialogue.engine.asked)
        await dialogue.session.drop([("c1", "x")])
        assert [type(question) for _, question in dialogue.engine.asked[asked:]] == [Drop]  # it is watched no longer


@pytest.mark.asyncio
async def test_a_run_that_only_brings_values_back_is_no_news(tmp_path: Path):
    runs = 0
    go_on = asyncio.Event()

    async def wait_the_second_time(question: Question) -> bytes:
        nonlocal runs
        runs += 1
        if runs == 2:
            await go_on.wait()
        return question.program

    async with a_dialogue(tmp_path, wait_the_second_time) as dialogue:
        computation = dialogue.run("c1")
        assert await dialogue.until_told("c1") == "done"
        dialogue.progress.clear()
        await dialogue.lose("w2")
        await dialogue.until(lambda: computation.progress is not None)
        assert dialogue.progress == []
        go_on.set()
        await dialogue.until(lambda: computation.state is State.DONE)
