import io

import pytest

from ufora.runtime.processes.framing import ASK, JOIN_BYTES, Frame, pack_frame, wait_for_frame


@pytest.mark.parametrize("nbytes", [0, 1, JOIN_BYTES, JOIN_BYTES + 1])
def test_a_frame_comes_out_as_it_went_in(nbytes):
    stream = io.BytesIO(b"".join(pack_frame(2**63, ASK, b"x" * nbytes)))
    assert wait_for_frame(stream) == Frame(2**63, ASK, b"x" * nbytes)
    assert wait_for_frame(stream) is None


@pytest.mark.parametrize("cut", [1, 12, 13, 15])
def test_a_cut_frame_is_no_frame(cut):
    assert wait_for_frame(io.BytesIO(b"".join(pack_frame(1, ASK, b"body"))[:cut])) is None
