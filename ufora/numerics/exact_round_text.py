"""What an exact sum comes to, rounded once, as LLVM text that kernels link with, beside that of exact_sum_text.py."""

from ufora.numerics import exact_sum_text
from ufora.numerics.exact_sum_text import WORDS

TOTAL = "ufora.exact_total"
"""(ptr words, ptr doubles, i64 count ≤ BLOCK, i1 added) → double, rounded, or NaN where there is an infinity or a NaN.

The sum of these and of what was `added` to the words before, if there is any. Else the words are memory that mostly stays untouched: the
two cuts are the whole sum, and adding them rounds it. Behind the doubles there is room up to the next multiple of 16."""
ROUND = "ufora.exact_round"  #: (ptr words) → double; clobbers the words; the last three are not looked at

_ROUND = """
declare i128 @llvm.ctlz.i128(i128, i1)
declare i64 @llvm.smax.i64(i64, i64)

define i64 @ufora.exact_chunk(ptr %words, i64 %i) alwaysinline {
entry:
  %below = icmp slt i64 %i, 0
  br i1 %below, label %none, label %some
none:
  ret i64 0
some:
  %p = getelementptr i64, ptr %words, i64 %i
  %v = load i64, ptr %p
  ret i64 %v
}

define double @ufora.exact_round(ptr %words) noinline {
entry:
  %ptop = getelementptr i64, ptr %words, i64 67
  %top = load i64, ptr %ptop
  %negative = icmp slt i64 %top, 0
  br i1 %negative, label %negate, label %seek
negate:
  %i = phi i64 [0, %entry], [%inext, %negate]
  %p = getelementptr i64, ptr %words, i64 %i
  %v = load i64, ptr %p
  %minus = sub i64 0, %v
  store i64 %minus, ptr %p
  %inext = add i64 %i, 1
  %imore = icmp ult i64 %inext, 68
  br i1 %imore, label %negate, label %negated
negated:
  call void @ufora.exact_carry(ptr %words)
  br label %seek
seek:
  %h = phi i64 [67, %entry], [67, %negated], [%hnext, %lower]
  %hneg = icmp slt i64 %h, 0
  br i1 %hneg, label %zero, label %look
zero:
  ret double 0.0
look:
  %ph = getelementptr i64, ptr %words, i64 %h
  %vh = load i64, ptr %ph
  %empty = icmp eq i64 %vh, 0
  br i1 %empty, label %lower, label %found
lower:
  %hnext = sub i64 %h, 1
  br label %seek
found:
  %h1 = sub i64 %h, 1
  %h2 = sub i64 %h, 2
  %vm = call i64 @ufora.exact_chunk(ptr %words, i64 %h1)
  %vl = call i64 @ufora.exact_chunk(ptr %words, i64 %h2)
  %wh = zext i64 %vh to i128
  %wm = zext i64 %vm to i128
  %wl = zext i64 %vl to i128
  %sh = shl i128 %wh, 64
  %sm = shl i128 %wm, 32
  %hm = or i128 %sh, %sm
  %w = or i128 %hm, %wl
  %base = mul i64 %h2, 32
  br label %sticky
sticky:
  %j = phi i64 [%h2, %found], [%jless, %next]
  %jless = sub i64 %j, 1
  %jend = icmp slt i64 %jless, 0
  br i1 %jend, label %round, label %next
next:
  %pj = getelementptr i64, ptr %words, i64 %jless
  %vj = load i64, ptr %pj
  %vjzero = icmp eq i64 %vj, 0
  br i1 %vjzero, label %sticky, label %round
round:
  %stuck = phi i1 [false, %sticky], [true, %next]
  %zeros = call i128 @llvm.ctlz.i128(i128 %w, i1 true)
  %zeros64 = trunc i128 %zeros to i64
  %above = sub i64 75, %zeros64
  %unit = add i64 %above, %base
  %last = call i64 @llvm.smax.i64(i64 %unit, i64 0)
  %shift64 = sub i64 %last, %base
  %shift = zext i64 %shift64 to i128
  %q128 = lshr i128 %w, %shift
  %q = trunc i128 %q128 to i64
  %back = shl i128 %q128, %shift
  %rest = sub i128 %w, %back
  %less = sub i128 %shift, 1
  %half = shl i128 1, %less
  %more = icmp ugt i128 %rest, %half
  %tie = icmp eq i128 %rest, %half
  %qodd = trunc i64 %q to i1
  %tieup = or i1 %stuck, %qodd
  %up1 = and i1 %tie, %tieup
  %up = or i1 %more, %up1
  %up64 = zext i1 %up to i64
  %q2 = add i64 %q, %up64
  %lastcap = call i64 @llvm.umin.i64(i64 %last, i64 2047)
  %efield = shl i64 %lastcap, 52
  %bits0 = add i64 %efield, %q2
  %toobig = icmp ugt i64 %last, 2045
  %bits1 = select i1 %toobig, i64 9218868437227405312, i64 %bits0
  %bits = call i64 @llvm.umin.i64(i64 %bits1, i64 9218868437227405312)
  %plus = bitcast i64 %bits to double
  %neg = fneg double %plus
  %result = select i1 %negative, double %neg, double %plus
  ret double %result
}
"""

_TOTAL = """
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define double @ufora.exact_total(ptr %words, ptr %x, i64 %count, i1 %added) noinline {
entry:
  %up = add i64 %count, 15
  %whole = and i64 %up, -16
  br i1 %added, label %add, label %fill
fill:
  %i = phi i64 [%count, %entry], [%inext, %zero]
  %imore = icmp ult i64 %i, %whole
  br i1 %imore, label %zero, label %cut
zero:
  %px = getelementptr double, ptr %x, i64 %i
  store double 0.0, ptr %px
  %inext = add i64 %i, 1
  br label %fill
cut:
  %upper = call { i1, double, double } @ufora.exact_cut(ptr %x, i64 %whole)
  %iscut = extractvalue { i1, double, double } %upper, 0
  br i1 %iscut, label %two, label %clear
two:
  %u1 = extractvalue { i1, double, double } %upper, 1
  %u2 = extractvalue { i1, double, double } %upper, 2
  %sum = fadd double %u1, %u2
  ret double %sum
clear:
  call void @llvm.memset.p0.i64(ptr %words, i8 0, i64 WORD_BYTES, i1 false)
  br label %add
add:
  call void @ufora.exact_add_block(ptr %words, ptr %x, i64 %count)
  %pplus = getelementptr i64, ptr %words, i64 68
  %pminus = getelementptr i64, ptr %words, i64 69
  %pnan = getelementptr i64, ptr %words, i64 70
  %plus = load i64, ptr %pplus
  %minus = load i64, ptr %pminus
  %nan = load i64, ptr %pnan
  %infinite = or i64 %plus, %minus
  %odd = or i64 %infinite, %nan
  %isodd = icmp ne i64 %odd, 0
  br i1 %isodd, label %none, label %round
none:
  ret double 0x7FF8000000000000
round:
  %rounded = call double @ufora.exact_round(ptr %words)
  ret double %rounded
}
""".replace("WORD_BYTES", str(8 * WORDS))

TEXT = exact_sum_text.TEXT + _ROUND + _TOTAL
"""All of exact sums."""
