"""What a question asks for: its content terms, and the kind of answer that would satisfy it, from generic cues."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.fold import fold
from rag.glossary import Glossary
from rag.readings import Readings
from rag.terms import analysed, numbers
from rag.types import Rewrite

_D = r"\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """A kind of answer: cues in the folded question, and what the folded text of an answer then holds; `hard` when no answer can
    do without it."""

    name: str
    cue: re.Pattern[str]
    answer: re.Pattern[str]

    @property
    def hard(self) -> bool:
        """Whether no answer can do without what the pattern finds: a telephone number is asked for, a number of people."""
        return self.name in _HARD


def _kind(name: str, cue: str, answer: str) -> AnswerKind:
    return AnswerKind(name, re.compile(cue), re.compile(answer))


_TIME = rf"(?:{_D}|数|翌|毎|同|当)(?:年|月|日|時|分|週|営業日|か月)|以内|まで|直ちに|速やかに|遅滞なく|曜日|期限|月末|年度|あらかじめ|事前"
KINDS = (
    _kind("phone", r"電話番号|内線|連絡先の番号|fax", r"\d{2,4}-\d{2,4}|内線|(?<!\d)\d{4}(?!\d|年|円|人|名|件)"),
    _kind("mail", r"メールアドレス|url|ホームページ", r"@|https?://|www\."),
    _kind("page", r"何(?:ページ|頁|文字)|ページ数", rf"{_D}(?:ページ|頁|文字)"),
    _kind("lawnumber", r"法律番号|法令番号|法律第何号|(?:法|法令|州法|規則|条例)の番号", r"第\d+号|[a-z]+ ?\d+"),
    _kind(
        "edition",
        r"(?:第何|何)(?:版|回|期|条|項|章|号|位|類)|どの版|最新の?版|バージョン",
        rf"(?:第{_D}|{_D})(?:版|回|期|条|項|章|号|位|類)|ver",
    ),
    _kind(
        "percent",
        r"何(?:%|割|パー)|割合|比率|(?<!効)率(?:は|が|を)|どれ(?:くらい|ぐらい)の割合|%(?:か|です|くらい|\?|$)",
        rf"{_D}(?:%|割|倍|分の)|全額|半額|同額",
    ),
    _kind("people", r"何(?:人|名)|人数は", rf"{_D}(?:人|名)|全員|過半数"),
    _kind("times", r"何(?:回|度)|回数", rf"{_D}(?:回|度)|毎[年月週日]"),
    _kind(
        "pieces",
        r"何(?:枚|個|件|台|社|本|冊|点|か所|箇所|種類|つ|桁|文字|センチ|度|キロ|km)|件数|枚数|台数|桁数",
        rf"{_D}(?:枚|個|件|台|社|本|冊|点|か所|種|つ|桁|文字|以上|cm|km|センチ|度)",
    ),
    _kind("age", r"何(?:歳|才)|年齢", rf"{_D}歳"),
    _kind(
        "money",
        r"いくら|何円|なんぼ|ナンボ|(?:金|総|限度|上限|年|月)額(?:は|を|って|$|\?)",
        rf"{_D}(?:円|ドル|ユーロ|元|%|割)|全額|半額|実費|無償|無料|支給し(?:ない|ません)|支給され|負担し|額を|免除|分の{_D}",
    ),
    _kind(
        "fee",
        r"費用は|費用が|料金|値段|報酬|手当の額|手当は|罰金|日当|予算|単価|宿泊料|宿泊費|(?<=[一-龯])金(?:は|が|って|$|\?)",
        rf"{_D}|全額|半額|実費|無償|無料|支給|負担|免除|額",
    ),
    _kind(
        "span",
        r"何(?:日|年|か月|週|時間|分)|(?:どれ|どの)(?:くらい|ぐらい|だけ)の?(?:期間|間|時間|日数|長さ)|期間は|日数|有効期限|保存期間|年数|いつまで|何日前|何年",
        rf"{_D}(?:日|年|か月|週|時間|分|月|営業日|泊)|永久|無期限|期間|限度|まで",
    ),
    _kind(
        "amount",
        r"(?:どれ|どの)(?:くらい|ぐらい|だけ|ほど)|何(?:flops|トン|kg|倍|バイト|mb|gb)|上限は|下限は|限度|基準は|最低|最大",
        rf"{_D}",
    ),
    _kind("date", r"いつ|何(?:年|月|日|時)|日付|年月日|施行日|公表日|発行日|期日|締切|締め切り|期限|時期|何曜", _TIME),
    _kind(
        "person",
        r"誰|だれ|どなた|責任者|担当者|委員長|座長|代表者|氏名|名前は|承認者|どの(?:部署|部門|役職|人)|どこに(?:言|相談|報告|連絡|申請|届|出)|窓口|(?:許可|承認)(?:を|が)?(?:もら|得|い)",
        r"[長者員庁省部課室会所局官相役人]|社長|大臣|教授|氏",
    ),
    _kind(
        "name",
        r"氏名|名前|名称|何という|なんていう|(?:会社|商品|製品|機種|車種|業者|サービス|店|学校)名|メーカー|ベンダー|住所|所在地|会場|講師",
        r"「[^」]+」|[ァ-ヺ]{3}|[a-z]{3}|株式会社|氏|という",
    ),
    _kind(
        "organisation",
        r"どこ(?:が|の|で|です|に|か|\?|$)|どの(?:組織|会社|企業|省庁|国|機関|団体|サイト)|何という(?:組織|会社|国)|国は|会議体",
        r"[省庁会社部課室所局国州市県院構団体]|[ァ-ヺ]{3}|[a-z]{2}",
    ),
    _kind(
        "definition",
        r"とは(?:何|なに|どう|どの|どん|誰|いつ|$|\?|、|。)|って(?:何|なに|どういう)|の?(?:意味|定義)|何の略|略です|どういう意味|指しますか|とは何",
        r"とは|をいう|という。|という（|の略|総称|定義|を指す|略称|\([a-z ]+\)|プログラム|もの",
    ),
    _kind(
        "reason",
        r"なぜ|どうして|理由|なんで|何のため|目的は|背景",
        r"ため|から|ので|理由|により|よる|踏まえ|目的|背景|おそれ|必要",
    ),
    _kind(
        "how",
        r"どう(?:や|す|した|なり|なる|対応|申請)|方法|手続|手順|やり方|流れ",
        r"により|によって|申請|届|提出|報告|行う|する|よる",
    ),
    _kind(
        "may",
        r"^(?!.*(?:何|なに|どこ|誰|だれ|いつ|どう|どの|どれ|どん|どち|いくら|なぜ)).*(?:(?:して|ても|でも|なくて|出て|持って|使って|やって)(?:も)?(?:い|よ|良|構|大丈夫|ok)|(?:でき|出来|もらえ|取れ|使え|受けられ|られ)(?:ま|る|ない)|必要(?:です|が|は|か)|いけない|だめ|ダメ|駄目|ng|可能|禁止|義務|対象(?:に|です|か)|出ます|ありますか|ますか)",
        r"でき|なければならない|てはならない|ものとする|禁|認め|許可|承認|可$|不可|可能|要し|要する|必要|除く|限り|限る|とする|対象|ない|ません|足りる|支給|負担|求め|半額|無料",
    ),
)
_HARD = ("phone", "mail", "page", "lawnumber", "percent", "people", "times", "pieces", "age", "money")
_LIST = re.compile(
    r"挙げ|列挙|一覧|すべて|全て|全部|どのような(?:もの|項目|場合|とき)|何が(?:ありま|含ま|挙)|種類|項目|それぞれ|どれ(?:です|と|か)|どんな|主な|は何(?:です|か)|教えて|業務を|分野"
)
_FILLER = frozenset(
    [
        "何",
        "いつ",
        "何時",
        "何処",
        "誰",
        "何故",
        "幾ら",
        "如何",
        "どの",
        "どれ",
        "どう",
        "どんな",
        "教える",
        "知る",
        "言う",
        "下さる",
        "思う",
        "呉れる",
        "貰う",
        "良い",
        "駄目",
        "聞く",
        "見る",
        "来る",
        "行く",
        "置く",
        "仕舞う",
        "遣る",
        "物",
        "事",
        "所",
        "時",
        "為",
        "場合",
        "内",
        "名前",
        "方",
        "っけ",
        "大丈夫",
        "必要",
        "可能",
        "可",
        "度",
        "位",
        "程",
        "必ず",
        "一番",
        "幾つ",
        "何れ",
        "誰れ",
        "分かる",
        "書く",
        "挙げる",
    ]
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood: `terms` are its distinct content terms, `kinds` what may answer it, `wants_list` whether all items are asked.

    `nouns` are its nouns; the last one, the `focus`, mostly says what of the subject is asked («…の日当はいくら»). `counter` finds a number of the thing counted («何箱» → «3箱») in folded text.
    `asked` is the question as it was asked, where `text` was made whole from the conversation; empty where they are the same.
    """

    text: str
    folded: str
    terms: tuple[str, ...]
    numbers: tuple[str, ...]
    kinds: tuple[AnswerKind, ...]
    wants_list: bool
    rewrites: tuple[Rewrite, ...] = ()
    nouns: tuple[str, ...] = ()
    counter: re.Pattern[str] | None = None
    parts: tuple[Question, ...] = ()
    asked: str = ""

    @property
    def focus(self) -> str:
        """The last noun; empty when there is none."""
        return self.nouns[-1] if self.nouns else ""

    @property
    def rewritten(self) -> str:
        """The question with each everyday word replaced by the likeliest official one."""
        text = self.text
        for rewrite in self.rewrites:
            text = text.replace(rewrite.said, rewrite.official[0])
        return text

    def fits(self, folded: str) -> float:
        """How well a folded text is of the kind asked for: 1 when it is, -1 when not, 0 when nothing special is asked."""
        if not self.kinds:
            return 0.0
        return 1.0 if any(kind.answer.search(folded) for kind in self.kinds) else -1.0

    def fits_hard(self, folded: str) -> float:
        """The same for the kinds without which there is no answer."""
        hard = [kind for kind in self.kinds if kind.hard]
        if not hard:
            return 0.0
        return 1.0 if any(kind.answer.search(folded) for kind in hard) else -1.0

    def fits_counter(self, folded: str) -> float:
        """The same for a number of what is counted: «何箱» wants a number before «箱»."""
        if self.counter is None:
            return 0.0
        return 1.0 if self.counter.search(folded) else -1.0


_COUNTED = re.compile(r"何(か月|か所|営業日|[一-龯]{1,3}|[ァ-ヴー]{2,}|[a-z%]+)")
_NOT_COUNTED = re.compile(r"故|者|方|処|所|等|事|物|曜|色|区分|部長|課長|も|か(?!月|所)")
_SAME = {
    "人": "[人名]", "名": "[人名]", "割": "(?:割|%)", "歳": "[歳才]", "才": "[歳才]", "日": "(?:[営開業庁務]{2,3})?日|週", "年": "(?:年|か月)", "回": "[回度]", "度": "[回度]",
    "月": "(?:か月|月)", "か月": "(?:か月|月)", "時": "(?:時|:)", "分": "(?:分|時間)", "時間": "(?:時間|分)", "番": r"(?<=\d)", "平": "(?:m2|平)", "キロ": "(?:キロ|km|kg)", "位": "[位番]",
}  # fmt: skip


def _counter(folded: str) -> re.Pattern[str] | None:
    """What finds a number of the things that the question counts; None when it counts nothing."""
    found = _COUNTED.search(folded)
    if not found or _NOT_COUNTED.match(found[1]):
        return None
    unit = found[1]
    if "一" <= unit[0] <= "龯":
        unit = next(
            (u for u in ("時間", "種類", "段階") if unit.startswith(u)),
            "日" if unit.endswith("日") and len(unit) == 3 else unit[0],
        )
    return re.compile(rf"[\d数一二三四五六七八九十百千](?:\.\d+)?(?:{_SAME.get(unit, re.escape(unit))})")


_SPOKEN = {
    "かげつ": "か月", "にち": "日", "にん": "人", "ねん": "年", "じかん": "時間", "ぷん": "分", "ふん": "分", "じ": "時", "かい": "回", "えん": "円", "ぱーせんと": "%",
    "まい": "枚", "けん": "件", "さい": "歳", "わり": "割", "めい": "名", "がつ": "月", "だい": "台", "ぺーじ": "ページ", "しゅうかん": "週間",
}  # fmt: skip
_OFFICIAL_WORDS = 5
_COUNTED_IN_KANA = re.compile("(?:なん|何)(" + "|".join(sorted(_SPOKEN, key=len, reverse=True)) + ")(?!ゃ|(?<=かい)[いりるん])")
"""«なんにち», but neither «何かいりますか» nor «なんかいい…» nor «なんじゃ»."""


def _official(rewrite: Rewrite, glossary: Glossary | None) -> Rewrite:
    """A rewrite by reading with the official words for what it gives: せくはら → セクハラ → セクシュアルハラスメント."""
    further = (word for said in rewrite.official for r in (glossary.rewrites(said) if glossary else ()) for word in r.official)
    return replace(rewrite, official=tuple(dict.fromkeys((*rewrite.official, *further)))[:_OFFICIAL_WORDS])


def understand(text: str, glossary: Glossary | None = None, readings: Readings | None = None) -> Question:
    """Read a question, its everyday words by the glossary, and by their readings those that the documents write otherwise."""
    folded = _COUNTED_IN_KANA.sub(lambda m: "何" + _SPOKEN[m[1]], fold(text))
    rewrites = glossary.rewrites(text) if glossary else ()
    if readings:
        rewrites += tuple(_official(r, glossary) for r in readings.rewrites(text) if not any(r.said in o.said for o in rewrites))
    kinds = tuple(kind for kind in KINDS if kind.cue.search(folded))[:2]
    found, nouns = analysed(folded)
    everything = tuple(dict.fromkeys((*found, *numbers(folded))))
    content = tuple(t for t in everything if t not in _FILLER)
    return Question(
        text,
        folded,
        content or everything,
        tuple(t for t in content if t[0].isdigit()),
        kinds,
        bool(_LIST.search(folded)),
        rewrites,
        tuple(t for t in found if t in nouns and t not in _FILLER),
        _counter(folded),
    )
