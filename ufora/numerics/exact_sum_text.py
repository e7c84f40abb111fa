"""Exact sums in machine code, as LLVM text that kernels link with.

A sum lives in CHUNKS + 3 words of 64 bits (Radford Neal's small superaccumulator):

    word      0        1        2       …      67       68     69     70
            2**-1074  2**-1042 2**-1010      top chunk  +inf   -inf   NaN    (the last three: was one seen?)

A double is an integer of 53 bits shifted by its exponent: it falls into at most three neighbouring chunks of 32 bits, and
is added as two words, of 52 bits at most. Chunks are signed, so while they have no more than 61 bits there is room for 1,024 elements
before they are carried.

Adding a block first tries to do without: `(sigma + x) - sigma`, with sigma a power of two some 12 bits above the largest |x|, cuts x
at a fixed place without error, so the upper parts of 1,024 elements can be added in any order, in vectors, and nothing is
lost (Rump, Ogita, Oishi: ExtractVector). Two cuts take 83 bits below the largest element; if something is left
over, or exponents are extreme, the block is added element by element.
"""

CHUNKS = 68
WORDS = CHUNKS + 3
BLOCK = 1024
"""Most elements of one block: the vectors' head room of 12 bits and the chunks' 11 spare bits rest on it."""

ADD_PART = "ufora.exact_add_part"  #: (ptr words, ptr doubles, i64 count ≤ BLOCK), of many: carries only when it must
ADD_BLOCK = "ufora.exact_add_block"  #: the same as the last of them; what follows looks at the words
ADD_ALL = "ufora.exact_add_all"  #: the same for any count

_ADD_ONE = """
define void @ufora.exact_add_one(ptr %words, double %x) alwaysinline {
entry:
  %bits = bitcast double %x to i64
  %shifted = lshr i64 %bits, 52
  %exponent = and i64 %shifted, 2047
  %fraction = and i64 %bits, 4503599627370495
  %special = icmp eq i64 %exponent, 2047
  br i1 %special, label %odd, label %finite
odd:
  %isinf = icmp eq i64 %fraction, 0
  %sign01 = lshr i64 %bits, 63
  %infword = add i64 %sign01, 68
  %word = select i1 %isinf, i64 %infword, i64 70
  %flag = getelementptr i64, ptr %words, i64 %word
  store i64 1, ptr %flag
  ret void
finite:
  %normal = icmp ne i64 %exponent, 0
  %hidden = select i1 %normal, i64 4503599627370496, i64 0
  %m = or i64 %fraction, %hidden
  %less = sub i64 %exponent, 1
  %place = select i1 %normal, i64 %less, i64 0
  %index = lshr i64 %place, 5
  %shift = and i64 %place, 31
  %left = shl i64 %m, %shift
  %low = and i64 %left, 4294967295
  %back = sub i64 32, %shift
  %high = lshr i64 %m, %back
  %sign = ashr i64 %bits, 63
  %lowx = xor i64 %low, %sign
  %lows = sub i64 %lowx, %sign
  %highx = xor i64 %high, %sign
  %highs = sub i64 %highx, %sign
  %p0 = getelementptr i64, ptr %words, i64 %index
  %p1 = getelementptr i64, ptr %p0, i64 1
  %v0 = load i64, ptr %p0
  %v1 = load i64, ptr %p1
  %n0 = add i64 %v0, %lows
  %n1 = add i64 %v1, %highs
  store i64 %n0, ptr %p0
  store i64 %n1, ptr %p1
  ret void
}
"""

_CARRY = """
define void @ufora.exact_carry(ptr %words) noinline {
entry:
  br label %turn
turn:
  %i = phi i64 [0, %entry], [%next, %turn]
  %carry = phi i64 [0, %entry], [%up, %turn]
  %p = getelementptr i64, ptr %words, i64 %i
  %v = load i64, ptr %p
  %sum = add i64 %v, %carry
  %up = ashr i64 %sum, 32
  %rest = and i64 %sum, 4294967295
  store i64 %rest, ptr %p
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, 67
  br i1 %more, label %turn, label %top
top:
  %ptop = getelementptr i64, ptr %words, i64 67
  %vtop = load i64, ptr %ptop
  %newtop = add i64 %vtop, %up
  store i64 %newtop, ptr %ptop
  ret void
}
"""

_ADD_BLOCK = """
declare i64 @llvm.vector.reduce.umax.v16i64(<16 x i64>)
declare i64 @llvm.vector.reduce.or.v16i64(<16 x i64>)
declare i64 @llvm.vector.reduce.or.v4i64(<4 x i64>)
declare double @llvm.vector.reduce.fadd.v16f64(double, <16 x double>)

define { i1, double, double } @ufora.exact_cut(ptr %x, i64 %whole) alwaysinline {
entry:
  br label %largest
largest:
  %i = phi i64 [0, %entry], [%inext, %largest]
  %max = phi <16 x i64> [zeroinitializer, %entry], [%maxnext, %largest]
  %px = getelementptr double, ptr %x, i64 %i
  %xb = load <16 x i64>, ptr %px, align 8
  %abs = and <16 x i64> %xb, splat (i64 9223372036854775807)
  %gt = icmp ugt <16 x i64> %abs, %max
  %maxnext = select <16 x i1> %gt, <16 x i64> %abs, <16 x i64> %max
  %inext = add i64 %i, 16
  %imore = icmp ult i64 %inext, %whole
  br i1 %imore, label %largest, label %choose
choose:
  %m = call i64 @llvm.vector.reduce.umax.v16i64(<16 x i64> %maxnext)
  %e = lshr i64 %m, 52
  %tiny = icmp ult i64 %e, 200
  %huge = icmp ugt i64 %e, 1900
  %extreme = or i1 %tiny, %huge
  br i1 %extreme, label %none, label %cuts
cuts:
  %e1 = add i64 %e, 12
  %b1 = shl i64 %e1, 52
  %d1 = bitcast i64 %b1 to double
  %e2 = sub i64 %e, 30
  %b2 = shl i64 %e2, 52
  %d2 = bitcast i64 %b2 to double
  %v1 = insertelement <16 x double> poison, double %d1, i64 0
  %s1 = shufflevector <16 x double> %v1, <16 x double> poison, <16 x i32> zeroinitializer
  %v2 = insertelement <16 x double> poison, double %d2, i64 0
  %s2 = shufflevector <16 x double> %v2, <16 x double> poison, <16 x i32> zeroinitializer
  br label %cut
cut:
  %j = phi i64 [0, %cuts], [%jnext, %cut]
  %t1 = phi <16 x double> [zeroinitializer, %cuts], [%t1next, %cut]
  %t2 = phi <16 x double> [zeroinitializer, %cuts], [%t2next, %cut]
  %left = phi <16 x i64> [zeroinitializer, %cuts], [%leftnext, %cut]
  %py = getelementptr double, ptr %x, i64 %j
  %y = load <16 x double>, ptr %py, align 8
  %a1 = fadd <16 x double> %s1, %y
  %q1 = fsub <16 x double> %a1, %s1
  %r1 = fsub <16 x double> %y, %q1
  %t1next = fadd <16 x double> %t1, %q1
  %a2 = fadd <16 x double> %s2, %r1
  %q2 = fsub <16 x double> %a2, %s2
  %r2 = fsub <16 x double> %r1, %q2
  %t2next = fadd <16 x double> %t2, %q2
  %some = bitcast <16 x double> %r2 to <16 x i64>
  %leftnext = or <16 x i64> %left, %some
  %jnext = add i64 %j, 16
  %jmore = icmp ult i64 %jnext, %whole
  br i1 %jmore, label %cut, label %check
check:
  %leftbits = call i64 @llvm.vector.reduce.or.v16i64(<16 x i64> %leftnext)
  %anyleft = icmp ne i64 %leftbits, 0
  br i1 %anyleft, label %none, label %fold
fold:
  %u1 = call reassoc double @llvm.vector.reduce.fadd.v16f64(double -0.0, <16 x double> %t1next)
  %u2 = call reassoc double @llvm.vector.reduce.fadd.v16f64(double -0.0, <16 x double> %t2next)
  %done = insertvalue { i1, double, double } { i1 true, double poison, double poison }, double %u1, 1
  %both = insertvalue { i1, double, double } %done, double %u2, 2
  ret { i1, double, double } %both
none:
  ret { i1, double, double } { i1 false, double 0.0, double 0.0 }
}

define void @ufora.exact_add_part(ptr %words, ptr %x, i64 %count) noinline {
entry:
  %whole = and i64 %count, -16
  %vectors = icmp ne i64 %whole, 0
  br i1 %vectors, label %cut, label %single
cut:
  %upper = call { i1, double, double } @ufora.exact_cut(ptr %x, i64 %whole)
  %iscut = extractvalue { i1, double, double } %upper, 0
  br i1 %iscut, label %fold, label %single
fold:
  %u1 = extractvalue { i1, double, double } %upper, 1
  %u2 = extractvalue { i1, double, double } %upper, 2
  call void @ufora.exact_add_one(ptr %words, double %u1)
  call void @ufora.exact_add_one(ptr %words, double %u2)
  br label %single
single:
  %first = phi i64 [0, %entry], [0, %cut], [%whole, %fold]
  br label %test
test:
  %k = phi i64 [%first, %single], [%knext, %one]
  %kmore = icmp ult i64 %k, %count
  br i1 %kmore, label %one, label %done
one:
  %pz = getelementptr double, ptr %x, i64 %k
  %z = load double, ptr %pz
  call void @ufora.exact_add_one(ptr %words, double %z)
  %knext = add i64 %k, 1
  br label %test
done:
  br label %look
look:
  %n = phi i64 [0, %done], [%nnext, %look]
  %bits = phi <4 x i64> [zeroinitializer, %done], [%bitsnext, %look]
  %pn = getelementptr i64, ptr %words, i64 %n
  %vn = load <4 x i64>, ptr %pn, align 8
  %signs = ashr <4 x i64> %vn, splat (i64 63)
  %size = xor <4 x i64> %vn, %signs
  %bitsnext = or <4 x i64> %bits, %size
  %nnext = add i64 %n, 4
  %nmore = icmp ult i64 %nnext, 68
  br i1 %nmore, label %look, label %judge
judge:
  %allbits = call i64 @llvm.vector.reduce.or.v4i64(<4 x i64> %bitsnext)
  %isfull = icmp ugt i64 %allbits, 2305843009213693951
  br i1 %isfull, label %full, label %room
full:
  call void @ufora.exact_carry(ptr %words)
  ret void
room:
  ret void
}

define void @ufora.exact_add_block(ptr %words, ptr %x, i64 %count) {
entry:
  call void @ufora.exact_add_part(ptr %words, ptr %x, i64 %count)
  call void @ufora.exact_carry(ptr %words)
  ret void
}
"""

_ADD_ALL = """
declare i64 @llvm.umin.i64(i64, i64)

define void @ufora.exact_add_all(ptr %words, ptr %x, i64 %count) {
entry:
  br label %test
test:
  %start = phi i64 [0, %entry], [%next, %block]
  %more = icmp ult i64 %start, %count
  br i1 %more, label %block, label %done
block:
  %left = sub i64 %count, %start
  %size = call i64 @llvm.umin.i64(i64 %left, i64 1024)
  %p = getelementptr double, ptr %x, i64 %start
  call void @ufora.exact_add_block(ptr %words, ptr %p, i64 %size)
  %next = add i64 %start, %size
  br label %test
done:
  ret void
}
"""

TEXT = _ADD_ONE + _CARRY + _ADD_BLOCK + _ADD_ALL
"""Adding; see exact_round_text.py for what comes after it."""
