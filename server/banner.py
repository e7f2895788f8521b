"""What ``make serve`` prints once it is ready: where it listens, and a request to paste."""

import json

EXAMPLE_PATH = "cart.py"
EXAMPLE_BEFORE = """\
class Item:
    def __init__(self, name, price, quantity):
        self.name = name
        self.price = price
        self.quantity = quantity


def total_price(items):
    total = 0
    for item in items:
        total += item.price * """
EXAMPLE_AFTER = "\n    return total\n"
EXAMPLE_DIFF = """\
@@ -10,3 +10,3 @@
     for item in items:
-        total += item.price
+        total += item.price *\x20
     return total
"""


def banner(host: str, port: int) -> str:
    """The server's address and one ``curl`` whose answer is an edit."""
    body = json.dumps(
        {
            "path": EXAMPLE_PATH,
            "text": EXAMPLE_BEFORE + EXAMPLE_AFTER,
            "cursor": len(EXAMPLE_BEFORE),
            "events": [{"path": EXAMPLE_PATH, "diff": EXAMPLE_DIFF}],
        }
    )
    url = f"http://{host}:{port}"
    return (
        f"Foretype is ready on {url} (API documentation: {url}/docs). Try it:\n\n"
        f"curl -s {url}/v1/predict -H 'content-type: application/json' -d '{body}'\n"
    )
