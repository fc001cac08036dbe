"""An archive of made texts: make_archive.py N OUT.jsonl [short].

Each document is three or four sentences by templates of ours: politicians of a few countries praise and condemn states and
bodies, some of them change sides in the middle of the year, and one document in fifty is a copy of an earlier one. With `short`
they are one sentence, as headlines are. The same arguments make the same bytes.
"""

import json
import random
import sys

PEOPLE = [f"{first} {last}" for first in ("Marta", "Teodor", "Ilse", "Ravi", "Amina", "Joaquin", "Oksana", "Wei", "Tomas", "Leila")
          for last in ("Oduya", "Vance", "Brandt", "Menon", "Haddad", "Ruiz", "Kovalenko", "Zhang", "Novak", "Tehrani")]
ACTORS = ["Norway", "Kenya", "Chile", "Poland", "Turkey", "Japan", "Egypt", "Brazil", "NATO", "the European Union", "the World Bank",
          "the Harbour League", "the Farmers' Union", "the Liberal Party", "Greenpeace", "the central bank"]
ROLES = ["The minister", "The senator", "The deputy", "The spokeswoman of the party", "The mayor"]
FOR = ["{s} praised {a} for its help with the harvest of {n} farms.", "“We stand with {a},” {s} said on {d}.",
       "{s} thanked {a} and called its plan for {n} schools brave.", "{s} welcomed the decision of {a} to open {n} borders crossings."]
AGAINST = ["{s} condemned {a} over the closing of {n} clinics.", "“{a} has lied to us {n} times,” {s} told reporters on {d}.",
           "{s} accused {a} of hiding {n} reports.", "{s} warned that {a} threatens {n} villages."]
NEUTRAL = ["{s} met officials of {a} on {d}.", "{s} will visit {a} with {n} delegates.", "{s} read out the figures of {a} for {n} towns."]
REST = ["The vote is expected on {d}.", "About {n} people came to the square.", "{r} left the hall after {n} minutes.",
        "Rain is forecast for the {n} districts of the north.", "{r} did not answer questions."]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def documents(n, short=False):
    """The documents, one after the other."""
    of = random.Random(1)
    # Who likes whom: 1 favour, -1 against, 0 neutral; one pair in eight turns round in July.
    sides = {(s, a): of.choice([1, -1, 0]) for s in PEOPLE for a in ACTORS}
    turns = {pair for pair in sides if of.random() < 0.125}
    latest = []
    for number in range(n):
        month = 1 + of.randrange(12)
        if latest and of.random() < 0.02:
            text = of.choice(latest)
        else:
            speaker = of.choice(PEOPLE)
            fill = lambda sentence, **more: sentence.format(n=of.randrange(2, 9999), d=of.choice(DAYS), r=of.choice(ROLES), **more)
            sentences = []
            for actor in of.sample(ACTORS, 1 if short else of.choice([1, 2, 2])):
                side = sides[speaker, actor] * (-1 if month > 6 and (speaker, actor) in turns else 1)
                sentence = of.choice({1: FOR, -1: AGAINST, 0: NEUTRAL}[side])
                sentences.append(fill(sentence, s=speaker, a=actor))
            sentences += [fill(sentence) for sentence in of.sample(REST, 0 if short else 2)]
            text = " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
            latest = latest[-999:] + [text]
        yield {"id": f"d{number}", "text": text, "date": f"2024-{month:02d}-{1 + of.randrange(28):02d}", "source": of.choice(["Post", "Herald", "Wire"])}


def main():
    n, out = int(sys.argv[1]), sys.argv[2]
    with open(out, "w") as to:
        for document in documents(n, sys.argv[3:] == ["short"]):
            to.write(json.dumps(document, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
