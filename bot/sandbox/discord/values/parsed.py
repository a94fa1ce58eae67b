"""Names for what json.loads returns."""

from typing import Any

Json = dict[str, Any]
Parsed = Any  # unchecked, so of any shape
