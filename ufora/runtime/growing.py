"""`names = names + [x]` in linear time.

The list that is thrown away is extended instead where nobody else could see the difference: nothing but the variable refers to it.
An iterator over it, another name, a container or a closure's reference would each be one more.
"""

import sys
from typing import Any

ONLY_THE_VARIABLE = 4
"""References to a list that one variable alone holds, counted inside `grow`: the variable's, two parameters', the question's own."""


def grow(left: Any, right: Any, now: Any) -> Any:
    """`left + right`, for the statement that binds the sum to the name that `left` came from.

    `now` is what the name means after `right` has been computed: that may have bound it anew, and then another name has the list."""
    if type(left) is list and now is left and type(right) is list and sys.getrefcount(left) <= ONLY_THE_VARIABLE:
        left += right
        return left
    return left + right
