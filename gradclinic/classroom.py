"""`gradclinic class`: open a class, print its links, and run the server in the foreground. `class-report`: what came of it."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import socket
import time
from pathlib import Path

from core.classroom.room import HOURS, Classroom
from core.errors import BadInput
from core.store.workspace import HOME_VARIABLE, Workspace
from gradclinic.server import serve
from gradclinic.tree import on_path

LOOPBACK = "127.0.0.1"
CERTIFICATE_VARIABLE = "STREAMLIT_SERVER_SSL_CERT_FILE"
EVERYWHERE = ("0.0.0.0", "::")


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Open the newest class again, or a new one, and serve it until Ctrl-C."""
    from app.classroom.public import URL_VARIABLE, base_path_for, parse_address

    address = _address(options.address)
    public = parse_address(options.url) if options.url else None
    path = base_path_for(public)
    folder = class_folder(workspace, new=options.new)
    room = Classroom(folder)
    key, code = room.new_teacher_key(), room.code
    room.close()  # from here on the server is the one that writes
    shown = _own_address() if address in EVERYWHERE else address
    scheme = "https" if os.environ.get(CERTIFICATE_VARIABLE) else "http"
    own = f"{scheme}://{f'[{shown}]' if ':' in shown else shown}:{options.port}{path}"
    base = str(public or own)
    warning = _warning(base, own, outside=address != LOOPBACK)
    print(invitation(f"{base}/join?code={code}", code, f"{base}/teach#{key}", warning), flush=True)
    from app.classroom.access import CLASS_VARIABLE

    environment = {
        **os.environ,
        HOME_VARIABLE: str(workspace.home),
        CLASS_VARIABLE: str(folder),
        "PYTHONPATH": str(on_path()),
        URL_VARIABLE: str(public or ""),
    }
    outside_name = [public.host] if public else []
    names = list(dict.fromkeys(["localhost", LOOPBACK, shown, socket.gethostname(), *outside_name, *options.host]))
    settings = ["--server.port", str(options.port), "--server.address", address, "--server.headless", "true"]
    settings += ["--browser.serverAddress", public.host if public else shown, "--server.baseUrlPath", path.strip("/")]
    for name in names:
        settings += ["--server.allowedHosts", name]
    return serve(settings, environment)


def write_report(workspace: Workspace, options: argparse.Namespace) -> int:
    """Write the report of a class as one HTML file and say where it is; the class may still be going on."""
    from app.classroom.report.page import report_html
    from core.classroom.report.past import find_class, report_of

    folder = find_class(workspace.home, options.folder)
    out: Path = options.out or Path(f"class-{folder.name}.html")
    report = report_of(folder, workspace.home)
    out.write_bytes(report_html(report))
    if options.json:
        facts = {name: len(report[name]) for name in ("members", "exercises", "polls", "runs")}
        print(json.dumps({"file": str(out), "class": str(folder), **facts}))
    else:
        print(f"The report of the class {folder.name} is in {out}.")
    return 0


def class_folder(workspace: Workspace, *, new: bool = False) -> Path:
    """The folder of the newest class if it is still going on, else of a new one."""
    classes = workspace.home / "classes"
    known = sorted(path for path in classes.glob("*") if (path / "class.db").exists())
    if known and not new and time.time() - (known[-1] / "class.db").stat().st_mtime < 3600 * HOURS:
        room = Classroom(known[-1])
        ended = room.state.ended
        room.close()
        if not ended:
            return known[-1]
    return classes / time.strftime("%Y%m%d-%H%M%S")


def invitation(join: str, code: str, teach: str, warning: str) -> str:
    """What is printed when a class opens: the links, the code and a QR picture of the students' link."""
    import io

    import segno

    picture = io.StringIO()
    segno.make(join, error="m").terminal(out=picture, compact=True, border=2)
    return (
        f"{picture.getvalue()}\n  Students  {join}\n  Code      {code[:4]} {code[4:]}\n\n"
        f"  Teacher   {teach}\n            Keep this link to yourself; starting the class again makes a new one.\n\n  {warning}\n"
    )


def _warning(base: str, own: str, *, outside: bool) -> str:
    if own.startswith("https:"):
        return f"The server speaks TLS itself; the links have to name what its certificate ({CERTIFICATE_VARIABLE}) was made for."
    if base.startswith("https:"):
        return f"A proxy has to pass {base} on to {own}; docs/classroom-tls.md says how."
    if outside or base != own:
        return "Plain HTTP shows codes and cookies to whoever listens on this network; docs/classroom-tls.md says how to put TLS in front."
    return "Only this machine can reach the class. For others: gradclinic class --address ADDRESS-OF-THIS-MACHINE"


def _address(given: str) -> str:
    try:
        return str(ipaddress.ip_address(LOOPBACK if given == "localhost" else given))
    except ValueError:
        raise BadInput(
            f"--address {given} is no address of this machine; give one such as 192.0.2.10, or 0.0.0.0 for all that it has."
        ) from None


def _own_address() -> str:
    """The address under which other machines of the network most likely reach this one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK
