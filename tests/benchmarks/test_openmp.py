import ctypes
from pathlib import Path

import pytest

from benchmarks.openmp import Openmp, is_there, one_thread

COUNT = """
#include <omp.h>
int run(void) {
    int threads = 0;
    #pragma omp parallel
    #pragma omp single
    threads = omp_get_num_threads();
    return threads;
}
"""


@pytest.mark.skipif(not is_there(), reason="needs gcc")
def test_a_team_of_one_thread_and_then_as_before(tmp_path: Path) -> None:
    library = Openmp(tmp_path).load("count", COUNT)
    assert isinstance(library, ctypes.CDLL)
    before = library.run()
    with one_thread():
        assert library.run() == 1
    assert library.run() == before
