"""The published JSON Schema is that of the models, and takes what the reader takes."""

import json
from pathlib import Path

from homewit.agent.workflows.file_model import workflow_schema

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "workflow.schema.json"


def test_the_published_schema_is_that_of_the_models():
    """`homewit workflow schema > docs/workflow.schema.json` makes it anew."""
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == workflow_schema()
