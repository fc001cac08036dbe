"""How far profiles depend on who is named, and on how a text is typed.

In: the `stance` binary and the folder of corpora; of these the articles of holder-stance dev. Out: two tables in
Markdown. The first one: every person, party or country of an article gets another name, the same one throughout, and
each pair that was polar is looked up again. The second one: pair F1 after harmless changes of spelling. The decision a
reader would question: a person is whoever `stance` takes for one in the text as it was, so a name that it misses is not
changed either; and where genders change, pronouns, titles and words like "wife" change with them.

    python models/robustness.py --binary target/release/stance --data DATA
"""

import argparse
import json
import random
import re
import subprocess
import tempfile
import textwrap
from pathlib import Path

# First names of men, of women, surnames: common ones of the group, none of them of a politician who is in the news.
PEOPLE = {
    "English names": (
        "Paul Henry Mark Peter Simon Neil Keith Alan",
        "Laura Emily Alice Susan Helen Joan Ruth Carol",
        "Whitfield Harmon Ashby Colburn Merrick Tilley Hobson Pruitt Langford Stokes Bexley Farrow Gibbons Thorne Wexford",
    ),
    "Spanish names": (
        "Diego Javier Miguel Carlos Luis Rafael Andrés Sergio",
        "María Lucía Elena Carmen Rosa Inés Pilar Sofía",
        "Ortega Delgado Fuentes Navarro Cabrera Rosales Quintero Ibarra Salazar Montoya Pineda Valdés Cordero Arce Zamora",
    ),
    "Arabic names": (
        "Omar Khalid Yusuf Hassan Tariq Faisal Samir Nabil",
        "Layla Fatima Amina Noor Yasmin Salma Rania Huda",
        "Haddad Mansour Khoury Saleh Nasser Darwish Hamdan Qasim Najjar Shaheen Awad Barakat Zaidan Farouk Kanaan",
    ),
    "African names": (
        "Kwame Chidi Tunde Kofi Sipho Jabari Emeka Tendai",
        "Amara Ngozi Zanele Abena Thandi Ifeoma Wanjiru Adaeze",
        "Okafor Mensah Dlamini Adeyemi Kamau Nkosi Boateng Mwangi Oyelaran Asante Moyo Chukwu Ndlovu Owusu Otieno",
    ),
    "Chinese names": (
        "Wei Jun Lei Hao Ming Tao Bin Feng",
        "Mei Xiu Lan Ying Na Fang Yan Jing",
        "Zhang Liu Huang Zhao Wu Zhou Xu Sun Xie Tang Deng Feng Cao Peng Luo",
    ),
    "Slavic names": (
        "Ivan Sergei Dmitri Pavel Oleg Anton Milan Bogdan",
        "Olga Irina Katya Natalia Svetlana Milena Vera Daria",
        "Petrov Sokolov Novak Kovalenko Morozov Horvat Volkov Melnyk Orlov Kozlov Dvorak Lysenko Bondar Markovic Zelenko",
    ),
    "Indian names": (
        "Arjun Rohan Vikram Sanjay Anil Rahul Deepak Suresh",
        "Priya Anjali Kavita Sunita Meera Divya Pooja Lakshmi",
        "Sharma Reddy Iyer Banerjee Kulkarni Chopra Nair Mehta Desai Pillai Joshi Saxena Bhatt Menon Trivedi",
    ),
}
GENDERED = [
    ("he", "she"), ("himself", "herself"), ("mr", "ms"), ("man", "woman"), ("men", "women"), ("husband", "wife"),
    ("father", "mother"), ("son", "daughter"), ("brother", "sister"), ("congressman", "congresswoman"),
    ("chairman", "chairwoman"), ("spokesman", "spokeswoman"), ("businessman", "businesswoman"), ("boy", "girl"),
    ("king", "queen"), ("prince", "princess"), ("sir", "dame"), ("gentleman", "lady"), ("male", "female"),
]
COUNTRIES = [
    ("Norway", "Norwegian", "Norwegians"), ("Iran", "Iranian", "Iranians"), ("Canada", "Canadian", "Canadians"),
    ("Russia", "Russian", "Russians"), ("Portugal", "Portuguese", "Portuguese"), ("China", "Chinese", "Chinese"),
    ("Kenya", "Kenyan", "Kenyans"), ("Israel", "Israeli", "Israelis"), ("Chile", "Chilean", "Chileans"),
    ("Syria", "Syrian", "Syrians"), ("Finland", "Finnish", "Finns"), ("Japan", "Japanese", "Japanese"),
    ("Mexico", "Mexican", "Mexicans"), ("Iraq", "Iraqi", "Iraqis"), ("Denmark", "Danish", "Danes"),
    ("Germany", "German", "Germans"), ("India", "Indian", "Indians"), ("France", "French", "French"),
]
PARTIES = [
    (r"\bRepublicans\b", "Democrats"), (r"\bRepublican(?= [A-Za-z])", "Democratic"), (r"\bRepublican\b", "Democrat"),
    (r"\bGOP\b", "Democratic Party"), (r"\bDemocrats\b", "Republicans"), (r"\bDemocrat(?:ic)?\b", "Republican"),
    (r"\bTories\b", "Labour"), (r"\bTory\b", "Labour"), (r"\bConservatives\b", "Labour"), (r"\bConservative\b", "Labour"),
    (r"\bLabour\b", "Conservative"),
]
TITLES = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|President|Senator|Governor|Secretary|Representative|Prime Minister|Sir|Lord)\.? (?=[A-Z])"
)


def score(binary, model, texts):
    """What `stance` finds in each text."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, text in enumerate(texts):
            paths.append(Path(folder) / f"{i:03}.txt")
            paths[-1].write_text(text, encoding="utf8")
        done = subprocess.run([binary, "score", "--format", "jsonl", *model, *paths], check=True, capture_output=True)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def pairs(found):
    """(forms of the speaker, forms of the actor, verdict) of every profile."""
    actors = {a["id"]: a["nameForms"] for a in found["actors"]}
    speakers = {s["id"]: s["nameForms"] for s in found["speakers"]}
    return [(speakers[p["speakerId"]], actors[p["actorId"]], p["stance"].removeprefix("STANCE_")) for p in found["profiles"]]


def all_at_once(replacements):
    """A function that replaces whole words, none of them twice."""
    table = {old: new for old, new in replacements if old != new}
    if not table:
        return lambda text: text
    words = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(table, key=len, reverse=True))) + r")(?!\w)")
    return lambda text: words.sub(lambda m: table[m[0]], text)


def is_woman(actor):
    """Whether the pronouns that mean an actor are a woman's; a man's, if none does."""
    texts = [m["span"]["text"].lower() for m in actor["mentions"] if m["kind"] == "MENTION_KIND_PRONOUN"]
    return sum(t in ("she", "her", "hers", "herself") for t in texts) > sum(t in ("he", "him", "his", "himself") for t in texts)


def people_renamed(found, group, rng, turn_gender):
    """The function that gives the persons of a text names of the group, of their own gender or of the other one."""
    men, women, surnames = (names.split() for names in PEOPLE[group])
    for names in (men, women, surnames):
        rng.shuffle(names)
    replacements, new_surnames = [], {}
    for n, actor in enumerate(a for a in found["actors"] if a["type"] == "ACTOR_TYPE_PERSON" and " " in a["name"]):
        words = actor["name"].split()
        female = is_woman(actor) != turn_gender
        first = (women if female else men)[n % len(men)]
        last = new_surnames.setdefault(words[-1], surnames[len(new_surnames) % len(surnames)])
        for form in actor["nameForms"]:
            of_form = form.split()
            if form.islower() or not of_form[-1][:1].isupper():
                continue
            if of_form[-1] == words[-1]:
                replacements.append((form, last if len(of_form) == 1 else f"{first} {last}"))
            elif form == words[0]:
                replacements.append((form, first))
        replacements.append((words[-1], last))
    return all_at_once(replacements)


def genders_turned(text):
    pairs = GENDERED + [(a + "s", b + "s") for a, b in GENDERED[5:]]
    table = {a: b for a, b in pairs} | {b: a for a, b in pairs} | {"mrs": "mr", "him": "her", "his": "her"}

    def other(m):
        word, after = m[0], text[m.end() : m.end() + 2]
        new = table.get(word.lower())
        if word.lower() == "her":  # "her plan" is "his plan", "met her." is "met him."
            new = "his" if re.match(r" [a-z]", after) else "him"
        if new is None:
            return word
        return new.upper() if word.isupper() and len(word) > 1 else new.capitalize() if word[0].isupper() else new

    return re.sub(r"[A-Za-z]+", other, text)


def countries_renamed(rng):
    others = COUNTRIES[:]
    rng.shuffle(others)
    return all_at_once([(old, new) for a, b in zip(COUNTRIES, others) for old, new in zip(a, b)])


def parties_swapped(text):
    pattern = re.compile("|".join(f"({p})" for p, _ in PARTIES))
    return pattern.sub(lambda m: PARTIES[m.lastindex - 1][1], text)


def compared(before, after, renamed):
    """What became of the polar pairs: (how many, same, opposite, neutral or mixed, not listed)."""
    counts = [0] * 5
    forms = lambda names: {renamed(n).lower() for n in names}
    now = [({s.lower() for s in s_forms}, {a.lower() for a in a_forms}, verdict) for s_forms, a_forms, verdict in pairs(after)]
    for speaker, actor, verdict in pairs(before):
        if verdict not in ("FAVOUR", "AGAINST"):
            continue
        again = [v for s, a, v in now if s & forms(speaker) and a & forms(actor)]
        counts[0] += 1
        if not again:
            counts[4] += 1
        elif verdict in again:
            counts[1] += 1
        elif {"FAVOUR", "AGAINST"} & set(again):
            counts[2] += 1
        else:
            counts[3] += 1
    return counts


def names_table(binary, model, documents):
    texts = [" ".join(d["sentences"]) for d in documents]
    before = score(binary, model, texts)
    groups = {}
    for group in PEOPLE:
        groups[group] = [people_renamed(b, group, random.Random(i), False) for i, b in enumerate(before)]
    for i, b in enumerate(before):
        renamed = people_renamed(b, "English names", random.Random(i), True)
        groups.setdefault("English names, other gender", []).append(lambda text, renamed=renamed: genders_turned(renamed(text)))
        groups.setdefault("other countries", []).append(countries_renamed(random.Random(i)))
        groups.setdefault("parties swapped", []).append(parties_swapped)
    print("| names | polar pairs | same | opposite | neutral or mixed | not listed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for group, renamers in groups.items():
        changed = [i for i, renamed in enumerate(renamers) if renamed(texts[i]) != texts[i]]
        after = score(binary, model, [renamers[i](texts[i]) for i in changed])
        sums = [sum(column) for column in zip(*(compared(before[i], a, renamers[i]) for i, a in zip(changed, after)))]
        n = max(1, sums[0])
        print(f"| {group} | {sums[0]} | " + " | ".join(f"{c} ({100 * c / n:.1f} %)" for c in sums[1:]) + " |", flush=True)


def straight(text):
    return text.translate(str.maketrans("“”‘’", "\"\"''"))


SPELLINGS = {
    "as it is": lambda sentences: sentences,
    "titles dropped": lambda sentences: [TITLES.sub("", s) for s in sentences],
    "straight quotation marks": lambda sentences: [straight(s) for s in sentences],
    "headline in capitals": lambda sentences: [sentences[0].upper(), *sentences[1:]],
    "a line a sentence": lambda sentences: [s + "\n" for s in sentences],
    "a blank line after every fourth": lambda sentences: [s + "\n\n" * (i % 4 == 3) for i, s in enumerate(sentences)],
    "lines of 72 characters": lambda sentences: [textwrap.fill(s, 72, break_long_words=False, break_on_hyphens=False) for s in sentences],
}


def spelling_table(binary, model, documents):
    print("| articles | speaker P / R | polar pairs P / R / F1 |")
    print("| --- | --- | --- |")
    for name, changed in SPELLINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "holder-stance").mkdir()
            with open(Path(folder) / "holder-stance/dev.jsonl", "w", encoding="utf8") as out:
                for d in documents:
                    sentences = changed(d["sentences"])
                    # Of the rows only who and how is read here, so any span will do.
                    rows = [{**r, "target_span": [0, 1], "holder_span": None} for r in d["rows"]]
                    out.write(json.dumps({**d, "sentences": sentences, "rows": rows}) + "\n")
            figures = Path(folder) / "figures.json"
            command = [binary, "evaluate", "--data", folder, *model, "--only", "whole documents", "--json", figures]
            subprocess.run(command, check=True, capture_output=True)
            report = next(r for r in json.loads(figures.read_text()) if "whole" in r["corpus"])
        value = {m["name"]: m["value"] for m in report["measures"]}
        speaker = " / ".join(f"{value[f'speaker {x}']:.3f}" for x in "PR")
        polar = " / ".join(f"{value[f'polar pairs {x}']:.3f}" for x in ("P", "R", "F1"))
        print(f"| {name} | {speaker} | {polar} |", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--binary", default="target/release/stance")
    a.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    a.add_argument("--model", help="model folder; the built-in model if not given")
    a = a.parse_args()
    model = ["--model", a.model] if a.model else []
    documents = [json.loads(line) for line in open(a.data / "holder-stance/dev.jsonl", encoding="utf8")]
    names_table(a.binary, model, documents)
    print()
    spelling_table(a.binary, model, documents)


if __name__ == "__main__":
    main()
