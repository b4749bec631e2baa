"""What schemathesis does in sequences of requests: no two of them carry the same idempotency key.

It draws the same short keys again and again. A creation that is repeated under its key is answered as before, although what it had
made may have been deleted since, and then "a resource that was just created" is rightly not there.
"""
from itertools import count

import schemathesis

HEADER = "Idempotency-Key"
LONGEST = 200
NUMBERS = count()


@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get(HEADER)
    if key and len(key) <= LONGEST and case.meta is not None and case.meta.phase.name.value == "stateful":
        case.headers[HEADER] = f"{key}-{next(NUMBERS)}"
