"""What machine code's own lists need of memory, as LLVM text that kernels link with.

A list is a head of HEAD_WORDS words, which stays where it is, and its items elsewhere, which move when it grows:

    head[0]  address of the items
    head[1]  how many there are
    head[2]  how many there is room for; less than the length: it may not grow (FIXED), nor may an item be assigned (FROZEN)
    head[3]  how many variables and lists hold it; see made.py
    head[4]  the next list of the run's chain, head[5] the one before; an element of the source ends with an empty chain
    head[6]  bytes of the items' memory that are its own to free; 0: it lies in somebody else's
    head[7]  0; of a list that was given, the address by which whoever gave it knows it
    head[8…] of dicts and sets: see dicts_text.py

All that the lists of a run take is counted down in the argument record (flag.py); where that is used up, or the system gives no more, what
asked for it stops.
"""

import ctypes
from collections.abc import Mapping
from functools import lru_cache

from ufora.compile.flag import LISTS_WORD, ROOM_WORD

HEAD_WORDS = 12
ITEMS, LENGTH, ROOM, HOLDERS, OWN_BYTES, ORIGIN = 0, 1, 2, 3, 6, 7  #: words of a head
FIXED, FROZEN = -1, -2
MANY_HOLDERS = 2**40  #: of a list that is not the kernel's to free

MAKE = "ufora.list_make"
"""(ptr given, i64 length, i64 bytes of an item) → ptr head, of items that hold anything; null: there is no room."""
RESERVE = "ufora.list_reserve"  #: (ptr given, ptr head, i64 length, i64 bytes of an item) → i1: it cannot become so long
FREE = "ufora.list_free"  #: (ptr given, ptr head, i64 levels of lists in it); those that nothing else holds go with it
FREE_ALL = "ufora.list_free_all"  #: (ptr given): all of the chain
HOLD_ITEMS = "ufora.list_hold_items"  #: (ptr items, i64 count): one more holds each of these lists

MOST_BYTES = 2**30
"""That all lists of a run may take. Guessed: more than loops make that take no longer than CPython may."""
PREFIX = "ufora.libc."
_HEAD_BYTES = 8 * HEAD_WORDS


@lru_cache(maxsize=1)
def list_symbols() -> Mapping[str, int]:
    """The C library's functions that this text calls, and where they lie in this process."""
    library = ctypes.CDLL(None)
    return {PREFIX + name: ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0 for name in ("malloc", "realloc", "free")}


def free(address: int) -> None:
    """Items that a list has grown into."""
    ctypes.CDLL(None).free(ctypes.c_void_p(address))


TEXT = f"""
declare ptr @{PREFIX}malloc(i64)
declare ptr @{PREFIX}realloc(ptr, i64)
declare void @{PREFIX}free(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define ptr @{MAKE}(ptr %given, i64 %length, i64 %each) noinline {{
  %left = getelementptr i64, ptr %given, i64 {ROOM_WORD}
  %room = load i64, ptr %left
  %huge = icmp ugt i64 %length, {2**40}
  br i1 %huge, label %none, label %count
count:
  %bytes = mul i64 %length, %each
  %all = add i64 %bytes, {_HEAD_BYTES}
  %beyond = icmp sgt i64 %all, %room
  br i1 %beyond, label %none, label %head
head:
  %made = call ptr @{PREFIX}malloc(i64 {_HEAD_BYTES})
  %nohead = icmp eq ptr %made, null
  br i1 %nohead, label %none, label %fill
fill:
  %empty = icmp eq i64 %bytes, 0
  br i1 %empty, label %link, label %items
items:
  %got = call ptr @{PREFIX}malloc(i64 %bytes)
  %noitems = icmp eq ptr %got, null
  br i1 %noitems, label %undo, label %link
undo:
  call void @{PREFIX}free(ptr %made)
  br label %none
none:
  ret ptr null
link:
  %data = phi ptr [null, %fill], [%got, %items]
  %rest = sub i64 %room, %all
  store i64 %rest, ptr %left
  store ptr %data, ptr %made
  %plength = getelementptr i64, ptr %made, i64 {LENGTH}
  store i64 %length, ptr %plength
  %proom = getelementptr i64, ptr %made, i64 {ROOM}
  store i64 %length, ptr %proom
  %pholders = getelementptr i64, ptr %made, i64 {HOLDERS}
  store i64 0, ptr %pholders
  %pown = getelementptr i64, ptr %made, i64 {OWN_BYTES}
  store i64 %bytes, ptr %pown
  %porigin = getelementptr i64, ptr %made, i64 {ORIGIN}
  store i64 0, ptr %porigin
  %prest = getelementptr i64, ptr %made, i64 8
  store <4 x i64> zeroinitializer, ptr %prest, align 8
  %chain = getelementptr i64, ptr %given, i64 {LISTS_WORD}
  %first = load ptr, ptr %chain
  %pnext = getelementptr i64, ptr %made, i64 4
  store ptr %first, ptr %pnext
  %pbefore = getelementptr i64, ptr %made, i64 5
  store ptr null, ptr %pbefore
  store ptr %made, ptr %chain
  %alone = icmp eq ptr %first, null
  br i1 %alone, label %done, label %behind
behind:
  %pback = getelementptr i64, ptr %first, i64 5
  store ptr %made, ptr %pback
  br label %done
done:
  ret ptr %made
}}

define i1 @{RESERVE}(ptr %given, ptr %head, i64 %wanted, i64 %each) noinline {{
  %proom = getelementptr i64, ptr %head, i64 {ROOM}
  %room = load i64, ptr %proom
  %fixed = icmp slt i64 %room, 0
  br i1 %fixed, label %cannot, label %look
look:
  %enough = icmp sle i64 %wanted, %room
  br i1 %enough, label %can, label %more
more:
  %huge = icmp ugt i64 %wanted, {2**40}
  br i1 %huge, label %cannot, label %size
size:
  %half = lshr i64 %room, 1
  %grown = add i64 %room, %half
  %some = add i64 %grown, 8
  %larger = icmp sgt i64 %wanted, %some
  %new = select i1 %larger, i64 %wanted, i64 %some
  %bytes = mul i64 %new, %each
  %pown = getelementptr i64, ptr %head, i64 {OWN_BYTES}
  %own = load i64, ptr %pown
  %left = getelementptr i64, ptr %given, i64 {ROOM_WORD}
  %free = load i64, ptr %left
  %extra = sub i64 %bytes, %own
  %beyond = icmp sgt i64 %extra, %free
  br i1 %beyond, label %cannot, label %ask
ask:
  %items = load ptr, ptr %head
  %foreign = icmp eq i64 %own, 0
  br i1 %foreign, label %first, label %again
first:
  %got = call ptr @{PREFIX}malloc(i64 %bytes)
  %nogot = icmp eq ptr %got, null
  br i1 %nogot, label %cannot, label %copy
copy:
  %plength = getelementptr i64, ptr %head, i64 {LENGTH}
  %length = load i64, ptr %plength
  %used = mul i64 %length, %each
  call void @llvm.memcpy.p0.p0.i64(ptr %got, ptr %items, i64 %used, i1 false)
  br label %keep
again:
  %moved = call ptr @{PREFIX}realloc(ptr %items, i64 %bytes)
  %nomoved = icmp eq ptr %moved, null
  br i1 %nomoved, label %cannot, label %keep
keep:
  %data = phi ptr [%got, %copy], [%moved, %again]
  store ptr %data, ptr %head
  store i64 %new, ptr %proom
  store i64 %bytes, ptr %pown
  %rest = sub i64 %free, %extra
  store i64 %rest, ptr %left
  br label %can
can:
  ret i1 false
cannot:
  ret i1 true
}}

define void @ufora.list_give_back(ptr %given, ptr %head) {{
  %pown = getelementptr i64, ptr %head, i64 {OWN_BYTES}
  %own = load i64, ptr %pown
  %left = getelementptr i64, ptr %given, i64 {ROOM_WORD}
  %free = load i64, ptr %left
  %all = add i64 %own, {_HEAD_BYTES}
  %rest = add i64 %free, %all
  store i64 %rest, ptr %left
  %none = icmp eq i64 %own, 0
  br i1 %none, label %head.only, label %items
items:
  %data = load ptr, ptr %head
  call void @{PREFIX}free(ptr %data)
  br label %head.only
head.only:
  call void @{PREFIX}free(ptr %head)
  ret void
}}

define void @{FREE}(ptr %given, ptr %head, i64 %levels) noinline {{
  %flat = icmp eq i64 %levels, 0
  br i1 %flat, label %unlink, label %rows
rows:
  %inner = sub i64 %levels, 1
  %plength = getelementptr i64, ptr %head, i64 {LENGTH}
  %length = load i64, ptr %plength
  %items = load ptr, ptr %head
  br label %next
next:
  %i = phi i64 [0, %rows], [%i1, %go_on], [%i1, %drop]
  %more = icmp slt i64 %i, %length
  br i1 %more, label %row, label %unlink
row:
  %i1 = add i64 %i, 1
  %place = getelementptr ptr, ptr %items, i64 %i
  %item = load ptr, ptr %place
  %pholders = getelementptr i64, ptr %item, i64 {HOLDERS}
  %holders = load i64, ptr %pholders
  %fewer = sub i64 %holders, 1
  store i64 %fewer, ptr %pholders
  %free = icmp eq i64 %fewer, 0
  br i1 %free, label %drop, label %go_on
drop:
  call void @{FREE}(ptr %given, ptr %item, i64 %inner)
  br label %next
go_on:
  br label %next
unlink:
  %pnext = getelementptr i64, ptr %head, i64 4
  %after = load ptr, ptr %pnext
  %pbefore = getelementptr i64, ptr %head, i64 5
  %before = load ptr, ptr %pbefore
  %islast = icmp eq ptr %after, null
  br i1 %islast, label %front, label %back
back:
  %pback = getelementptr i64, ptr %after, i64 5
  store ptr %before, ptr %pback
  br label %front
front:
  %isfirst = icmp eq ptr %before, null
  %pforth = getelementptr i64, ptr %before, i64 4
  %chain = getelementptr i64, ptr %given, i64 {LISTS_WORD}
  %place.after = select i1 %isfirst, ptr %chain, ptr %pforth
  store ptr %after, ptr %place.after
  call void @ufora.list_give_back(ptr %given, ptr %head)
  ret void
}}

define void @{FREE_ALL}(ptr %given) noinline {{
  %chain = getelementptr i64, ptr %given, i64 {LISTS_WORD}
  br label %next
next:
  %head = load ptr, ptr %chain
  %none = icmp eq ptr %head, null
  br i1 %none, label %done, label %one
one:
  %pnext = getelementptr i64, ptr %head, i64 4
  %after = load ptr, ptr %pnext
  store ptr %after, ptr %chain
  call void @ufora.list_give_back(ptr %given, ptr %head)
  br label %next
done:
  ret void
}}

define void @{HOLD_ITEMS}(ptr %items, i64 %count) noinline {{
  br label %next
next:
  %i = phi i64 [0, %0], [%i1, %one]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %done
one:
  %i1 = add i64 %i, 1
  %place = getelementptr ptr, ptr %items, i64 %i
  %item = load ptr, ptr %place
  %pholders = getelementptr i64, ptr %item, i64 {HOLDERS}
  %holders = load i64, ptr %pholders
  %more1 = add i64 %holders, 1
  store i64 %more1, ptr %pholders
  br label %next
done:
  ret void
}}
"""
