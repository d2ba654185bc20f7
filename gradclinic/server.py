"""The Streamlit server in the foreground, for the commands that open the app and a class."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from gradclinic.tree import on_path


def serve(options: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the server with these options of Streamlit until it ends, and return how; what ends this command ends it too."""
    command = [sys.executable, "-m", "streamlit", "run", str(on_path() / "app" / "server.py"), *options]
    with subprocess.Popen(command, env=dict(environment)) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.terminate()
            server.wait()
            return 0
