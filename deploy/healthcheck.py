"""Whether the app answers: exit code 0 or 1. It lies below the path of TENKYO_URL."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

path = urlsplit(os.environ.get("TENKYO_URL", "")).path.rstrip("/")
url = f"http://127.0.0.1:{os.environ.get('TENKYO_PORT', '8501')}{path}/_stcore/health"
try:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError:
    sys.exit(1)
