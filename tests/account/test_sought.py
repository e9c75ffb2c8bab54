"""What a question asks for, in the words of a caption; and the frames that it finds."""

import numpy as np
import pytest
from tests.colour_encoder import COLOURS, ColourEncoder, unit

from vidsense.account.about import times_about
from vidsense.account.looks import Looks
from vidsense.account.question import sought
from vidsense.source.file import open_video
from vidsense.source.synthetic import cut, plain, write_video
from vidsense.survey.survey import survey_video


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When is a dog there?", ["a dog", "dog"]),
        ("Is there a bird in the picture?", ["a bird", "bird"]),
        ("When does the woman in red open the door?", ["the woman in red open the door", "woman in red open door"]),
        ("a dog, a cup and a lamp", ["a dog a cup and a lamp", "dog cup and lamp"]),
        ("When did it happen?", ["When did it happen?"]),
        ("What happens at the end of the video?", ["the end", "end"]),
        ("When?", ["When?"]),
        ("Wann kommt ein Hund?", ["wann kommt ein hund"]),
    ],
)
def test_only_what_could_be_seen_is_left(question, words):
    assert sought(question) == words


class CaptionEncoder(ColourEncoder):
    """Knows captions alone: whatever else it reads, it takes for something blue."""

    def _word(self, text):
        known = {f"{article}{name} wall" for name in COLOURS for article in ("", "a ", "the ")}
        return super()._word(text) if text in known else unit([*COLOURS["blue"], 0.0])


def test_an_encoder_that_learned_captions_finds_what_a_question_asks_for(tmp_path):
    green = ((40, 200, 40), (60, 60, 190))
    scenes = [plain((48, 64), 2.0 if i == 7 else 4.0, green[0] if i == 7 else green[1]) for i in range(15)]
    path = write_video(cut(*scenes), tmp_path / "long.mp4")
    with open_video(path) as stream:
        survey = survey_video(stream)
    times = np.array(times_about(survey, Looks(path, CaptionEncoder()), "When is a green wall there?", 4))
    assert ((times >= 28.0) & (times < 30.0)).any()
