"""Requests that wait for a computation's end, in dialogues between a session and fake workers."""

import asyncio
from pathlib import Path

import pytest

from tests.ufora.gateway.dialogue import a_dialogue
from tests.ufora.gateway.fakes import Question
from ufora.gateway.computation import State


@pytest.mark.asyncio
async def test_an_end_that_somebody_waits_for_is_told_there_and_not_as_an_event(tmp_path: Path):
    async with a_dialogue(tmp_path) as dialogue:
        first = dialogue.run("c1")
        await dialogue.session.wait_for_end(first, 10)
        assert first.state is State.DONE
        dialogue.run("c2")
        await dialogue.until_told("c2")
        assert dialogue.told == [("c2", "done")]


@pytest.mark.asyncio
async def test_whoever_waited_long_enough_is_told_by_an_event(tmp_path: Path):
    go_on = asyncio.Event()

    async def evaluate(question: Question) -> bytes:
        await go_on.wait()
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        computation = dialogue.run("c1")
        await dialogue.session.wait_for_end(computation, 0.001)
        assert computation.state is State.RUNNING
        go_on.set()
        assert await dialogue.until_told("c1") == "done"


@pytest.mark.asyncio
async def test_nobody_waits_behind_others_or_for_what_has_ended(tmp_path: Path):
    async def evaluate(question: Question) -> bytes:
        if question.computation == "c1":
            await asyncio.Event().wait()
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        first, second = dialogue.run("c1"), dialogue.run("c2")
        await dialogue.session.wait_for_end(second, 1000)
        assert second.state is State.WAITING
        await dialogue.session.cancel(first)
        assert await dialogue.until_told("c2") == "done"
        await dialogue.session.wait_for_end(second, 1000)
        assert ("c1", "cancelled") in dialogue.told


@pytest.mark.asyncio
@pytest.mark.parametrize("ending", ["cancel", "forget", "end"])
async def test_whoever_waits_is_released_when_it_will_not_be_done(tmp_path: Path, ending: str):
    reached = asyncio.Event()

    async def evaluate(question: Question) -> bytes:
        reached.set()
        await asyncio.Event().wait()
        return question.program

    async with a_dialogue(tmp_path, evaluate) as dialogue:
        computation = dialogue.run("c1")
        waiting = asyncio.create_task(dialogue.session.wait_for_end(computation, 1000))
        await reached.wait()
        await (dialogue.session.end() if ending == "end" else getattr(dialogue.session, ending)(computation))
        await asyncio.wait_for(waiting, 60)
        assert dialogue.told == []
