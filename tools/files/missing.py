"""What to say when there is nothing at a path: the nearest name that is there, or what shows all of them."""

from pathlib import Path


def missing(file: Path, path: str) -> str:
    """A sentence about a path as the user wrote it, "" when something is there."""
    if file.exists():
        return ""
    import difflib

    names = [entry.name for entry in file.parent.iterdir()] if file.parent.is_dir() else []
    near = difflib.get_close_matches(file.name, names, n=1)
    return f"There is no {path}." + (
        f" Did you mean {near[0]}?" if near else " `list_files` shows what there is."
    )
