"""Random loops that change lists, dicts and sets, which stand under several names and in each other."""

import random
import re
import textwrap

GRAMMAR = {
    "int": [
        "i", "i % 3", "-i", "n", "i * 7 % 11", "len(xs)", "xs[-1]", "xs[i % len(xs)]", "d.get(i, 3)", "len(rows[0])", "ts[0][1]", "2**62",
    ],
    "float": ["i * 0.5", "-0.0", "0.0 * -i", "fs[i % len(fs)]", "df.get(i, -0.0)", "sum(fs)", "ts[-1][0]"],
    "key": ["i", "i % 4", "i * 7 % 11", "2", "n"],
    "place": ["0", "-1", "i % len(rows)", "i"],
    "list": [
        "[]", "[<int>]", "[<int>, <int>]", "xs", "ys", "xs[:]", "xs[1:3]", "rows[<place>]", "rows[0] + xs[:2]", "g.get(<key>, xs)",
        "sorted(xs)", "[x + 1 for x in xs[:4]]", "list(range(i % 4))",
    ],
    "condition": [
        "i % 2", "i == 3", "xs", "not g", "<int> in xs", "<key> in d", "<key> in s", "<key> in g", "xs[0] < t", "rows[0] is rows[-1]",
        "rows[0] == xs", "fs[0] < <float>",
    ],
    "source": ["xs", "rows[0]", "d", "list(d)", "d.values()", "g", "range(3)", "reversed(xs)", "enumerate(ys)", "zip(xs, ys)"],
    "change": [
        "xs.append(<int>)", "xs.pop()", "xs.pop(<place>)", "xs.insert(<int>, <int>)", "xs.reverse()", "xs.sort()", "xs = <list>",
        "xs.sort(key=lambda x: (x % 3, -x))", "xs[<place>] = <int>", "ys = xs", "ys.append(<int>)", "fs.append(<float>)",
        "fs[i % len(fs)] = <float>", "fs[0] += <float>", "fs.sort(reverse=True)", "ts.append((<float>, <int>))",
        "ts[i % len(ts)] = (<float>, <int>)", "ts.sort()", "rows.append(<list>)", "rows[<place>] = <list>", "rows[<place>].append(<int>)",
        "rows[0], rows[-1] = rows[-1], rows[0]", "rows.pop(<place>)", "rows.sort(key=lambda row: len(row))", "rows = rows[1:] + rows[:1]",
        "rows = [row[:] for row in rows]", "d[<key>] = <int>", "d[<key>] = d.get(<key>, 0) + 1", "d.pop(<key>, 0)", "del d[<key>]",
        "d.setdefault(<key>, <int>)", "d = d.copy()", "e = d", "e[<key>] = <int>", "t += d[<key>]", "df[<key>] = <float>",
        "df.pop(<key>, 0.0)", "g[<key>] = <list>", "g[<key>].append(<int>)", "g.setdefault(<key>, []).append(<int>)", "g.pop(<key>, xs)",
        "xs = g.get(<key>, xs)", "s.add(<key>)", "s.discard(<key>)", "t += <int>", "t += len(s)", "t += sum(rows[0])",
    ],
    "statement": [
        "<change>", "<change>", "<change>", "<change>", "if <condition>: <change>", "if <condition>: <change>\nelse: <change>",
        "if len(xs) < 20: xs += <list>", "if len(xs) < 20: xs.extend(<list>)",
        "for j in <source>:\n    <change>\n    if len(xs) + len(ys) > 40: break",
    ],
    "turns": ["range(1)", "range(4)", "range(9)", "xs[:5]", "list(d)"],
}  # fmt: skip
"""Each in angles stands for one of its own."""
GROUPS = [{"xs", "ys"}, {"fs"}, {"ts"}, {"rows"}, {"d", "e"}, {"df"}, {"g"}, {"s"}]
MOST_GROUPS = 3  #: that one program changes: with more of them the same would seldom happen to one twice
BEFORE = """t = 0
xs, fs, ts = [3, 1, 2], [0.5, 0.0, -1.5], [(0.0, 1), (0.5, 2)]
ys, rows = {ys}, [[1], [2, 3], {row}]
d, df, s = {{1: 2, 2: 5}}, {{1: 0.0, 3: 0.0}}, {{1, 2}}
e, g = d, {groups}"""
HELD = "[t, xs, ys, fs, ts, rows, d, e, df, g, sorted(s)]"


class Changes:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        chosen = rng.sample(GROUPS, rng.randint(1, MOST_GROUPS))
        self._left_out = set().union(*(group for group in GROUPS if group not in chosen))

    def statements(self) -> list[str]:
        """What is changed, and loops that change it. They need `n`."""
        choose = self._rng.choice
        before = BEFORE.format(ys=choose(["xs", "[9]"]), row=choose(["[]", "xs"]), groups=choose(["{}", "{1: [1], 2: rows[0]}"]))
        return [before, *(self._loop() for _ in range(self._rng.randint(1, 3)))]

    def _loop(self) -> str:
        body = "\n".join(self._expand("statement") for _ in range(self._rng.randint(1, 5)))
        return f"for i in {self._expand('turns')}:\n{textwrap.indent(body, '    ')}"

    def _expand(self, symbol: str) -> str:
        """Alternatives without what the program leaves alone; all of them where none is left."""
        allowed = [text for text in GRAMMAR[symbol] if not self._left_out & set(re.findall("[a-z]+", text))]
        return re.sub("<([a-z]+)>", lambda found: self._expand(found[1]), self._rng.choice(allowed or GRAMMAR[symbol]))
