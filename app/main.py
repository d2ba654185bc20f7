"""The entry point of the app: `streamlit run app/server.py` (or app/main.py without the live routes)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path[:2]:
    sys.path.insert(0, str(ROOT))

from app import demo, failures, navigation, projector, state, theme  # noqa: E402
from app.components.live_charts import warm_up  # noqa: E402
from app.views import share  # noqa: E402
from app.views.classroom import attendance  # noqa: E402

theme.apply()
projector.apply()
page = navigation.menu()
state.show_notices()
with failures.guard():
    navigation.stay()
    if attendance.attend():
        place = share.bar()
        page.run()
        share.offer(place)
        demo.keep_address()
        projector.keep_address()
        attendance.attended()
warm_up()
