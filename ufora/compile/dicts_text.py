"""What machine code's own dicts and sets need of memory, as LLVM text that kernels link with, beside that of lists (made_text.py).

A dict is a head like that of a list. Its items are entries in the order in which they came, one of so many words:

    entry[0]  the key's hash, whose lowest bit is set; 0: it was deleted
    entry[1…] the words of the key, then those of the value; a set has none

and behind the room for entries lies a table of 32 bits a place: the number of an entry, from 1; 0: none. There are at least twice as many
places as entries.

    head[1]   how many there are           head[8]   where the table is       head[10]  entries used, those deleted too
    head[2]   entries there is room for    head[9]   places of the table      head[11]  MAY_NOT_CHANGE; how many were deleted, ever
"""

from ufora.compile.flag import ROOM_WORD
from ufora.compile.made_text import LENGTH, OWN_BYTES, PREFIX, ROOM

PLACES, USED, FLAGS = 9, 10, 11  #: words of a head
MAY_NOT_CHANGE, ONE_DELETED = 1, 2

FIND = "ufora.dict_find"  #: (ptr head, ptr key, i64 words of a key, i64 words of an entry) → i64 number of the entry; -1: none
INSERT = "ufora.dict_insert"
"""(ptr given, ptr head, ptr key, i64 words of a key, i64 words of an entry) → i64 number of a new entry for a key that is not there; -1:
there is no room. The value holds anything."""
BUILD = "ufora.dict_build"
"""(ptr given, ptr head, i64 words of a key, i64 words of an entry) → i1: there is no room. Makes the table anew, and forgets what was
deleted."""

TEXT = f"""
define internal i64 @ufora.dict_hash(ptr %key, i64 %words) alwaysinline {{
  br label %next
next:
  %i = phi i64 [0, %0], [%i1, %next]
  %h = phi i64 [0, %0], [%h3, %next]
  %place = getelementptr i64, ptr %key, i64 %i
  %word = load i64, ptr %place
  %h1 = xor i64 %h, %word
  %h2 = mul i64 %h1, -7046029254386353131
  %high = lshr i64 %h2, 32
  %h3 = xor i64 %h2, %high
  %i1 = add i64 %i, 1
  %more = icmp slt i64 %i1, %words
  br i1 %more, label %next, label %done
done:
  %hash = or i64 %h3, 1
  ret i64 %hash
}}

define i64 @{FIND}(ptr %head, ptr %key, i64 %kw, i64 %ew) inlinehint {{
  %pplaces = getelementptr i64, ptr %head, i64 {PLACES}
  %places = load i64, ptr %pplaces
  %none = icmp eq i64 %places, 0
  br i1 %none, label %missing, label %some
some:
  %hash = call i64 @ufora.dict_hash(ptr %key, i64 %kw)
  %entries = load ptr, ptr %head
  %ptable = getelementptr i64, ptr %head, i64 8
  %table = load ptr, ptr %ptable
  %mask = sub i64 %places, 1
  %first = lshr i64 %hash, 1
  %start = and i64 %first, %mask
  br label %probe
probe:
  %at = phi i64 [%start, %some], [%following, %other]
  %pslot = getelementptr i32, ptr %table, i64 %at
  %slot = load i32, ptr %pslot
  %free = icmp eq i32 %slot, 0
  br i1 %free, label %missing, label %look
look:
  %number = zext i32 %slot to i64
  %entry = sub i64 %number, 1
  %offset = mul i64 %entry, %ew
  %pentry = getelementptr i64, ptr %entries, i64 %offset
  %its = load i64, ptr %pentry
  %alike = icmp eq i64 %its, %hash
  br i1 %alike, label %words, label %other
words:
  %i = phi i64 [0, %look], [%i1, %equal]
  %done = icmp eq i64 %i, %kw
  br i1 %done, label %found, label %word
word:
  %i1 = add i64 %i, 1
  %pa = getelementptr i64, ptr %pentry, i64 %i1
  %a = load i64, ptr %pa
  %pb = getelementptr i64, ptr %key, i64 %i
  %b = load i64, ptr %pb
  %same = icmp eq i64 %a, %b
  br i1 %same, label %equal, label %other
equal:
  br label %words
other:
  %next = add i64 %at, 1
  %following = and i64 %next, %mask
  br label %probe
found:
  ret i64 %entry
missing:
  ret i64 -1
}}

define internal void @ufora.dict_place(ptr %table, i64 %mask, i64 %hash, i64 %entry) alwaysinline {{
  %first = lshr i64 %hash, 1
  %start = and i64 %first, %mask
  br label %probe
probe:
  %at = phi i64 [%start, %0], [%following, %other]
  %pslot = getelementptr i32, ptr %table, i64 %at
  %slot = load i32, ptr %pslot
  %free = icmp eq i32 %slot, 0
  br i1 %free, label %put, label %other
other:
  %next = add i64 %at, 1
  %following = and i64 %next, %mask
  br label %probe
put:
  %number = add i64 %entry, 1
  %short = trunc i64 %number to i32
  store i32 %short, ptr %pslot
  ret void
}}

define i64 @{INSERT}(ptr %given, ptr %head, ptr %key, i64 %kw, i64 %ew) inlinehint {{
  %pused = getelementptr i64, ptr %head, i64 {USED}
  %used = load i64, ptr %pused
  %proom = getelementptr i64, ptr %head, i64 {ROOM}
  %room = load i64, ptr %proom
  %full = icmp sge i64 %used, %room
  br i1 %full, label %grow, label %put
grow:
  %failed = call i1 @{BUILD}(ptr %given, ptr %head, i64 %kw, i64 %ew)
  br i1 %failed, label %none, label %put
none:
  ret i64 -1
put:
  %entry = load i64, ptr %pused
  %hash = call i64 @ufora.dict_hash(ptr %key, i64 %kw)
  %entries = load ptr, ptr %head
  %offset = mul i64 %entry, %ew
  %pentry = getelementptr i64, ptr %entries, i64 %offset
  store i64 %hash, ptr %pentry
  br label %next
next:
  %i = phi i64 [0, %put], [%i1, %next]
  %i1 = add i64 %i, 1
  %pfrom = getelementptr i64, ptr %key, i64 %i
  %word = load i64, ptr %pfrom
  %pto = getelementptr i64, ptr %pentry, i64 %i1
  store i64 %word, ptr %pto
  %more = icmp slt i64 %i1, %kw
  br i1 %more, label %next, label %placed
placed:
  %ptable = getelementptr i64, ptr %head, i64 8
  %table = load ptr, ptr %ptable
  %pplaces = getelementptr i64, ptr %head, i64 {PLACES}
  %places = load i64, ptr %pplaces
  %mask = sub i64 %places, 1
  call void @ufora.dict_place(ptr %table, i64 %mask, i64 %hash, i64 %entry)
  %usednow = add i64 %entry, 1
  store i64 %usednow, ptr %pused
  %plength = getelementptr i64, ptr %head, i64 {LENGTH}
  %length = load i64, ptr %plength
  %longer = add i64 %length, 1
  store i64 %longer, ptr %plength
  ret i64 %entry
}}

define i1 @{BUILD}(ptr %given, ptr %head, i64 %kw, i64 %ew) noinline {{
  %plength = getelementptr i64, ptr %head, i64 {LENGTH}
  %length = load i64, ptr %plength
  %huge = icmp ugt i64 %length, {2**29}
  br i1 %huge, label %none, label %size
size:
  %wanted = mul i64 %length, 2
  %more = add i64 %wanted, 8
  br label %double
double:
  %p = phi i64 [16, %size], [%twice, %double]
  %twice = mul i64 %p, 2
  %half = lshr i64 %p, 1
  %less = icmp slt i64 %half, %more
  br i1 %less, label %double, label %sized
sized:
  %room = lshr i64 %p, 1
  %each = mul i64 %ew, 8
  %ebytes = mul i64 %room, %each
  %tbytes = mul i64 %p, 4
  %bytes = add i64 %ebytes, %tbytes
  %left = getelementptr i64, ptr %given, i64 {ROOM_WORD}
  %may = load i64, ptr %left
  %beyond = icmp sgt i64 %bytes, %may
  br i1 %beyond, label %none, label %ask
ask:
  %block = call ptr @{PREFIX}malloc(i64 %bytes)
  %null = icmp eq ptr %block, null
  br i1 %null, label %none, label %copy
copy:
  %table = getelementptr i8, ptr %block, i64 %ebytes
  call void @llvm.memset.p0.i64(ptr %table, i8 0, i64 %tbytes, i1 false)
  %old = load ptr, ptr %head
  %pused = getelementptr i64, ptr %head, i64 {USED}
  %used = load i64, ptr %pused
  %mask = sub i64 %p, 1
  br label %next
next:
  %i = phi i64 [0, %copy], [%i1, %live], [%i1, %moved]
  %n = phi i64 [0, %copy], [%n, %live], [%n1, %moved]
  %go = icmp slt i64 %i, %used
  br i1 %go, label %live, label %done
live:
  %i1 = add i64 %i, 1
  %ofrom = mul i64 %i, %ew
  %pfrom = getelementptr i64, ptr %old, i64 %ofrom
  %its = load i64, ptr %pfrom
  %gone = icmp eq i64 %its, 0
  br i1 %gone, label %next, label %move
move:
  %oto = mul i64 %n, %ew
  %pto = getelementptr i64, ptr %block, i64 %oto
  call void @llvm.memcpy.p0.p0.i64(ptr %pto, ptr %pfrom, i64 %each, i1 false)
  %pkey = getelementptr i64, ptr %pto, i64 1
  %hash = call i64 @ufora.dict_hash(ptr %pkey, i64 %kw)
  store i64 %hash, ptr %pto
  call void @ufora.dict_place(ptr %table, i64 %mask, i64 %hash, i64 %n)
  br label %moved
moved:
  %n1 = add i64 %n, 1
  br label %next
done:
  %pown = getelementptr i64, ptr %head, i64 {OWN_BYTES}
  %own = load i64, ptr %pown
  %foreign = icmp eq i64 %own, 0
  br i1 %foreign, label %keep, label %drop
drop:
  call void @{PREFIX}free(ptr %old)
  br label %keep
keep:
  %back = add i64 %may, %own
  %rest = sub i64 %back, %bytes
  store i64 %rest, ptr %left
  store i64 %bytes, ptr %pown
  store ptr %block, ptr %head
  %ptable = getelementptr i64, ptr %head, i64 8
  store ptr %table, ptr %ptable
  %pplaces = getelementptr i64, ptr %head, i64 {PLACES}
  store i64 %p, ptr %pplaces
  store i64 %n, ptr %pused
  %proom = getelementptr i64, ptr %head, i64 {ROOM}
  store i64 %room, ptr %proom
  ret i1 false
none:
  ret i1 true
}}

declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
"""
