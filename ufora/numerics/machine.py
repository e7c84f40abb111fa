"""The door to LLVM: from its text to machine code for this processor, and into memory.

    text ──compile_text──► object code (bytes, may be kept) ──MachineCode──► addresses of functions

Nothing is fused or reassociated: each floating point operation rounds as IEEE says, on every processor.
"""

import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from llvmlite import __version__ as llvmlite_version  # type: ignore[import-untyped]
from llvmlite import binding as llvm

_LOCK = threading.Lock()  #: LLVM's contexts are not for several threads at once


@lru_cache(maxsize=1)
def _target() -> Any:
    llvm.set_option("", "-force-ordered-reductions")  # floats that are added in order: all but the additions becomes vectors
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


@lru_cache(maxsize=1)
def describe_processor() -> tuple[str, str]:
    """Name and features of the processor that machine code is made for here."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def describe_compiler() -> str:
    """What else decides over machine code: versions and platform."""
    return f"llvmlite {llvmlite_version} LLVM {'.'.join(map(str, llvm.llvm_version_info))} {llvm.get_default_triple()}"


def _target_machine() -> Any:
    name, features = describe_processor()
    return _target().create_target_machine(cpu=name, features=features, opt=3, reloc="pic", jit=True)


def compile_text(text: str, exported: Iterable[str], libraries: Iterable[str] = ()) -> bytes:
    """Object code of a module and the library modules it uses; only `exported` functions can be seen from outside."""
    keep = frozenset(exported)
    with _LOCK:
        machine = _target_machine()
        module = llvm.parse_assembly(text)
        for library in libraries:
            module.link_in(llvm.parse_assembly(library))
        module.triple = llvm.get_default_triple()
        module.data_layout = str(machine.target_data)
        module.verify()
        for function in module.functions:
            if not function.is_declaration and function.name not in keep:
                function.linkage = "internal"
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = True
        passes = llvm.create_pass_builder(machine, options)
        passes.getModulePassManager().run(module, passes)
        return bytes(machine.emit_object(module))


class MachineCode:
    """Object code in memory, ready to be called, for as long as this object lives."""

    def __init__(self, data: bytes, symbols: Mapping[str, int]) -> None:
        with _LOCK:
            for name, address in symbols.items():
                llvm.add_symbol(name, address)
            _target()
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(data))
            self._engine.finalize_object()

    def find_address(self, name: str) -> int:
        """Where that function starts; 0 when there is none."""
        with _LOCK:
            return int(self._engine.get_function_address(name))
