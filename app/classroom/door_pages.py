"""The two small pages of the door, as plain HTML: they stand before the app, so nothing of it is loaded yet."""

from __future__ import annotations

from html import escape

from app.live.assets import base_path
from core.classroom.names import LONGEST

_STYLE = """
:root { color-scheme: light dark; --ink: #13272b; --paper: #ffffff; --soft: #f1f6f6; --line: #d3dfe0; --accent: #0b6b75; --bad: #b23a48; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eff0; --paper: #0e1618; --soft: #18252a; --line: #30434a; --accent: #178690; --bad: #f0808c; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--soft); color: var(--ink);
  font: 17px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
main { box-sizing: border-box; background: var(--paper); border: 1px solid var(--line); border-radius: .8rem; padding: 1.6rem 1.8rem; width: min(27.6rem, 94vw); }
h1 { margin: 0 0 .2rem; font-size: 1.6rem; } p { margin: .2rem 0 1rem; } label { display: block; font-weight: 600; margin-top: .8rem; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: .55rem .7rem; margin-top: .25rem; color: inherit;
  background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; }
input[name=code] { letter-spacing: .15em; text-transform: uppercase; }
button { margin-top: 1.2rem; width: 100%; font: inherit; font-weight: 650; padding: .65rem; border: 0; border-radius: .5rem;
  background: var(--accent); color: #fff; cursor: pointer; }
a { color: var(--accent); } .problem { color: var(--bad); font-weight: 600; } small { display: block; margin-top: 1rem; opacity: .8; }
"""

_NEWEST = "The newest link stands where the class was started."
_ANOTHER = "The teacher can make a new link for you."


def join_page(code: str = "", nickname: str = "", problem: str = "", member: str = "") -> str:
    """The form with which a student joins; `member` is the name of one who is in already."""
    said = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    if member:
        said += f'<p>You are in as <b>{escape(member)}</b>: <a href="{base_path()}/class">back to the class</a>.</p>'
    first = "nickname" if code else "code"
    focus = {name: " autofocus" if name == first else "" for name in ("code", "nickname")}
    return _page(
        "Join the class",
        f"""<p>Train networks along with your class.</p>{said}
<form method="post" action="{base_path()}/join" autocomplete="off"
 onsubmit="if (this.sent) return false; this.sent = true">
<label>Code of the class<input name="code" value="{escape(code[:40])}" required maxlength="40"{focus["code"]}
 autocapitalize="characters" spellcheck="false"></label>
<label>Nickname<input name="nickname" value="{escape(nickname[:80])}" required maxlength="{LONGEST}"{focus["nickname"]}></label>
<button>Join</button></form>
<small>The class sees your nickname and what you train in it. A cookie keeps your place until the class is over.</small>""",
    )


def teach_page(problem: str = "") -> str:
    """The page of the teacher's link: the key stands after the #, so that no server or proxy writes it down."""
    if problem:
        return _page(
            "Teach the class",
            f'<p class="problem" role="alert">{escape(problem)}</p><p>{_NEWEST}</p>',
        )
    return _page("Teach the class", _hand_on("teach", _NEWEST))


def back_page(problem: str = "") -> str:
    """The page of a student's way back; as that of the teacher's link."""
    if problem:
        return _page(
            "Back to the class",
            f'<p class="problem" role="alert">{escape(problem)}</p><p>{_ANOTHER}</p>',
        )
    return _page("Back to the class", _hand_on("back", _ANOTHER))


def _hand_on(where: str, remedy: str) -> str:
    """A form that sends on what stands after the # of this page's address; without that, what is missing and the `remedy`."""
    return f"""<p hidden>The end of the link is missing: open it whole. {remedy}</p>
<form method="post" action="{base_path()}/{where}"><input type="hidden" name="key"></form>
<script>
const form = document.forms[0];
form.key.value = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
if (form.key.value) form.submit(); else document.querySelector("p").hidden = false;
</script>"""


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Gradient Clinic</title><link rel='icon' href='data:,'><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
