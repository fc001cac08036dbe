"""The page of `stance report` as a browser shows it: report_page.py BINARY [OUT].

Scores the texts of seeds/ in a folder, makes the page, and looks at it in headless Chromium (Debian's, installed if
missing): its DOM, its width on a phone, and screenshots of a screen and a phone, which are kept in OUT to be looked at. Not
part of the gate, which installs no browser.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Page(HTMLParser):
    """Counts elements by tag and class, and gathers text."""

    def __init__(self):
        super().__init__()
        self.counts, self.links, self.words = {}, [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        for key in (tag, f"{tag}.{attributes.get('class')}"):
            self.counts[key] = self.counts.get(key, 0) + 1
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]

    def handle_data(self, data):
        self.words.append(data)


def chromium(*arguments):
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files"]
    return subprocess.run([shutil.which("chromium"), *flags, *arguments], check=True, capture_output=True, timeout=120).stdout.decode()


def main():
    binary, out = sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    if not shutil.which("chromium"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True, stdout=subprocess.DEVNULL)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        rows = [json.loads(line) for line in open(ROOT / "seeds/sentences/news.jsonl")][:60]
        with open(folder / "in.jsonl", "w") as to:
            for number, row in enumerate(rows):
                record = {"id": row["id"], "text": " ".join(row["sentences"]), "date": f"2024-{1 + number % 6:02d}-01"}
                to.write(json.dumps(record) + "\n")
            to.write("{broken\n")
        ran = subprocess.run([binary, "batch", folder / "in.jsonl", "--out", folder / "out", "--quiet"])
        assert ran.returncode == 3, ran.returncode
        subprocess.run([binary, "report", folder / "out", "--out", out / "report.html"], check=True)
    url = (out / "report.html").as_uri()
    page = Page()
    page.feed(chromium("--dump-dom", url))
    counts = page.counts
    assert counts["article"] == 20, counts
    assert counts["table.map"] == 1 and counts["table.profile"] == 20, counts
    assert counts["mark.target"] > 20 and counts["mark.holder"] > 10, counts
    assert counts["svg.interval"] >= 20, counts
    assert all(link.startswith("#s") for link in page.links), page.links
    assert "60 scored, 1 rejected" in " ".join(page.words)
    # Nothing sticks out of a phone's width: wide tables scroll within themselves.
    frame = out / "frame.html"
    frame.write_text(f"""<iframe id=f src="{url}" style="width:390px;height:800px;border:0"></iframe>
<script>onload = () => {{ const d = f.contentDocument.documentElement; document.body.append(`width ${{d.scrollWidth}}`); }}</script>""")
    shown = chromium("--dump-dom", frame.as_uri())
    width = int(shown.rsplit("width ", 1)[1].split("<")[0])
    assert width <= 390, width
    chromium(f"--screenshot={out / 'screen.png'}", "--window-size=1200,1600", url)
    chromium(f"--screenshot={out / 'phone.png'}", "--window-size=500,1600", url)
    for picture in ("screen.png", "phone.png"):
        assert (out / picture).stat().st_size > 20_000, picture
    print(f"report_page: as expected; look at {out}")


if __name__ == "__main__":
    main()
