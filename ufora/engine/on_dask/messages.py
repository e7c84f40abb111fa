"""What manager and worker say to each other beside Dask's own messages, on the stream that each worker keeps to the scheduler.

    manager                                  worker
      ufora-ask  number session message ──►  WorkerSide.answer
      ufora-end  number session         ──►  WorkerSide.end_session
      ufora-drain                       ──►  leave, and stay out
             ◄── ufora-answer  number outcome body
             ◄── ufora-pulse   name body           unasked, every PULSE_SECONDS
             ◄── ufora-leaving                   nothing new, please
      ufora-heard                       ──►
             ◄── ufora-retire                    no task either; copy my results to others
      ufora-retired  moved              ──►

One connection carries any number of questions, open for any time; when it breaks, the worker is lost. Questions as RPCs were
rejected: each open one holds a connection of the scheduler's pool, and 512 of them stop everything.
"""

from typing import Final

ASK: Final = "ufora-ask"
END: Final = "ufora-end"
ANSWER: Final = "ufora-answer"
PULSE: Final = "ufora-pulse"
DRAIN: Final = "ufora-drain"
LEAVING: Final = "ufora-leaving"
HEARD: Final = "ufora-heard"  #: comes behind all questions that were asked before the manager knew
RETIRE: Final = "ufora-retire"  #: comes behind all results, which a call would overtake
RETIRED: Final = "ufora-retired"  #: moved: False when there is nobody to take them

ANSWERED: Final = "answered"  #: body: the answer
LOST: Final = "lost"  #: body: how; the driver died
FAILED: Final = "failed"  #: body: the traceback of an error in our own code

FACTS: Final = "ufora"  #: key of a worker's facts among what it says when it registers

PULSE_SECONDS: Final = 0.5
"""How often a worker says how it is. Guessed: live for the eye, and a few hundred small messages a second from a hundred workers."""

STREAM_SECONDS: Final = 0.001
"""Least time between two batches on a stream, seconds. Dask waits 2 to 10 ms, which is added to each message that follows another
closely: with 1 ms a task takes 4.5 ms there and back instead of 10.5, a question 1.5 instead of 5 (two cores, loopback)."""
