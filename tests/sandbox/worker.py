"""A worker's evaluation of a Program, in this process and without any client."""

from pyfora.program.nodes import Program
from pyfora.restore import Restorer
from ufora.runtime.consume import Conductor
from ufora.runtime.consumers import Consumers
from ufora.runtime.environment import Workshop
from ufora.runtime.evaluation import Evaluated, evaluate
from ufora.runtime.explain import Recorder
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.kernels import Kernels
from ufora.runtime.namespace import make_builtins
from ufora.runtime.policy import When, make_policy
from ufora.runtime.printing import Printing
from ufora.runtime.values import Values


class Worker:
    """Keeps what its Programs assign, as a driver does."""

    def __init__(self) -> None:
        self.values = Values()
        self.workshop = Workshop(self.values.get_remote)
        environment, registry = self.workshop.environment, self.workshop.registry
        judge = PurityJudge(registry, environment.find_named)
        policy = make_policy(When.NEVER, When.NEVER)
        conductor = Conductor(policy, registry, judge, environment.find_named, Kernels(None), None, Recorder(), lambda: None)
        consumers = Consumers(registry, conductor)
        replaced = consumers.builtins | {"print": Printing().print}
        environment.set_builtins(make_builtins(consumers.names() | replaced), replaced)

    def run(self, program: Program, computation: str = "c") -> Evaluated:
        evaluated = evaluate(program, Restorer(program, self.workshop.environment), self.workshop.registry)
        self.values.keep(computation, evaluated.names)
        return evaluated
