"""docs/reference/cli.md says what the command line says of itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_is_up_to_date():
    """After changing a command: `make reference`."""
    script = ROOT / "packaging" / "make_cli_reference.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0
