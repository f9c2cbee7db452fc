"""The compiled catalogue follows the words that the code has, whatever the files' times say."""

import os
from pathlib import Path

from app.i18n import SOURCES, compile_catalogue


def test_a_catalogue_of_another_version_is_made_anew_and_one_of_this_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "vi" / "LC_MESSAGES" / "messages.mo"
    compile_catalogue("vi", tmp_path)
    whole = target.read_bytes()
    assert len(whole) > 10_000
    made_at = target.stat().st_mtime_ns
    compile_catalogue("vi", tmp_path)
    assert target.stat().st_mtime_ns == made_at, "made once"

    # As an older or a newer version left it, later than every file of this one.
    target.write_bytes(b"of another version")
    target.with_suffix(".sha256").write_text("of another version")
    newest = max(path.stat().st_mtime for path in (SOURCES / "vi" / "LC_MESSAGES").glob("*.po"))
    os.utime(target, (newest + 3600, newest + 3600))
    compile_catalogue("vi", tmp_path)
    assert target.read_bytes() == whole
