import json
from pathlib import Path

import vidsense

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "description.schema.json"


def test_the_published_schema_is_that_of_the_code():
    assert json.loads(SCHEMA.read_text("utf-8")) == vidsense.json_schema(), "run ./scripts/schema"
