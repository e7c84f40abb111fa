"""Machine code from loops: the compiled tier.

Takes    spec.Loop: a comprehension, its consumer, and the types of all it uses
Gives    Kernel or NotCompiled; kept machine code
Imports  ufora.numerics, pyfora.program, pyfora.errors

    kernel.py   compile_loop, load_kernel, Kernel.run: start here
      keys.py     the name of a loop's machine code     store.py   machine code on disk
      given.py    values passed at every run            libm.py    the C library's functions
      flag.py     how a run is stopped                  elements.py   what is collected, as numpy reads it
      stops.py    where it may stop, and why
      lower.py    the loop as LLVM text
        harvest.py  what takes its elements: sum, list, min, max, any, all     rows.py   elements that are lists
        ahead.py    several elements at once     lanes.py   what is written for one, for vectors
          copies.py   masks.py (ways that part)     vectors.py (processors)     conversions.py (doubles of ints)
        functions.py ─ statements.py ─ turns.py (loops) ─ sources.py ─ comprehensions.py ─ expressions.py
          counted.py  counters.py  recurrences.py    loops of few checks
          operators.py  known.py (builtins, math)  objects.py (of the user's classes)  stores.py (xs[i] = v, p.x = v)
            integers.py  unsigned.py  modular.py (… & mask)  chains.py  floats.py    each instruction exact, or a stop
          lists.py  mappings.py  sorts.py    lists, dicts and sets that machine code makes, as Python has them
            made.py  dicts.py  items.py (items)     holders.py (when they are freed)     heads.py     made_text.py  dicts_text.py (LLVM)
            made_objects.py     found.py (read when a kernel is over)     dict_heads.py (given dicts)
              frame.py    one function while it is written     joins.py   one type for values of several     values.py   types and words

What is not written down in one of these files is refused: there is no other source of meaning.
"""
