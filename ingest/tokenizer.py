"""The encoder's own tokenizer: byte-pair pieces within runs of one script, in one self-contained tokenizer.json."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

_JAPANESE = "一-龥々〆ヶぁ-んァ-ヴー"
_BETWEEN = rf"(?<=[{_JAPANESE}])[ \n]+(?=[{_JAPANESE}])"
_RUNS = "[0-9]+|[a-zà-ÿ]+|[一-龥々〆ヶ]+|[ぁ-ん]+|[ァ-ヴー]+"
_LONGEST = 8
UNKNOWN = "[UNK]"


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Learn at most `vocabulary` pieces of at most 8 characters (Sennrich et al. 2016) from the texts.

    Width and case are folded (NFKC), and line ends and spaces inside Japanese words drop out, as PDF files break words there.
    Pieces never cross from one script to another: kanji words then stay apart from their particles without a dictionary.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(_BETWEEN), "")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(_RUNS), "isolated")]
    )
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=[UNKNOWN], max_token_length=_LONGEST, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
