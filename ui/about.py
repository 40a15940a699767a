"""What the page about the system says: what the answers are made from, what it cannot do, and how it meets the common principles of the
AI事業者ガイドライン."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rag.settings import Settings
from rag.snapshot import Snapshot
from ui.labels import japanese_date
from ui.signin import Action

FEATURES: dict[str, tuple[str, str, Action]] = {
    "ask": ("質問する", "", "ask"),
    "verify": ("文章を確かめる", "verify", "ask"),
    "documents": ("文書", "documents", "ask"),
    "review": ("出典を確認する", "review", "review"),
    "unanswered": ("未回答", "unanswered", "review"),
    "evaluation": ("評価", "evaluation", "administer"),
    "audit": ("監査ログ", "audit", "review"),
}
"""Pages of the app that the text leads to: title, path, and what one must be allowed to do to open it."""

LIMITS = (
    "答えるのは、登録された文書に書かれていることだけです。一般の知識、計算、個別の事情への当てはめ、法的な判断は求められません。",
    "書かれているのに見つけられないことも、書かれていないのに隣の記載で答えることもあります。大事なことは、番号を押して原文を読んでください。",
    "文字認識したページ、図の中の文字、込み入った表は、読み違えていることがあります。",
    "施行日や版は、登録のときに書かれたものか、本文から読み取ったものです。間違っていると、古い版から答えることがあります。",
    "続きの質問は、前の質問から補って探します。補い方が違うときは、一文で言い切って聞き直してください。",
)
"""What the system cannot do."""

FIGURES = (
    ("正しく答え、または正しく見送った割合（検証済み）", "0.822"),
    ("文書にない質問で、答えを見送った割合", "0.583"),
    ("文書にある質問で、答えを見送った割合", "0.041"),
    ("引用が本文と一字一句同じだった割合", "1.000"),
)
"""Measured on documents that the models were not trained on, as the README tells with the command that measures them."""
MEASURED = "学習に使っていない文書6件への366問（うち72問は文書にない）"
"""What the figures were measured on; these words stand in the README."""


@dataclass(frozen=True, slots=True)
class Principle:
    """A common principle: what the product does for it, the features where one sees that, and what the operator has to do."""

    name: str
    does: str
    features: tuple[str, ...]
    operator: str


PRINCIPLES = (
    Principle(
        "人間中心",
        "決めるのは読む人です。答えの一文ごとに原文へ戻れ、文書にないときは答えません。役に立たない答えには低い評価を付けられ、確認者が直せます。",
        ("ask", "review"),
        "人事、懲戒、契約など人に大きく関わることを、答えだけで決めない手順にし、相談できる担当者を示してください。",
    ),
    Principle(
        "安全性",
        "登録文書の外からは答えず、確からしさが足りなければ見送ります。モデルの書いた文は文書と照合し、裏付けのない文を除くか、印を付けます。",
        ("ask", "verify"),
        "文書を最新に保ち、施行日を入れ、登録の報告の警告を確かめてください。誤りが見つかったときの連絡と訂正の手順も決めてください。",
    ),
    Principle(
        "公平性",
        "聞いた人の属性は、答えの材料にしません。人によって違うのは、閲覧できる文書の範囲だけです。日常の言葉でも、公式の言葉でも探します。",
        ("ask",),
        "文書そのものに偏った扱いや古い扱いがないかを見直し、取りこぼしている部署や立場がないかを、未回答の質問から点検してください。",
    ),
    Principle(
        "プライバシー保護",
        "文書も質問も、外のモデルを設定しない限りこのサーバーから出ません。監査ログの個人に関わる項目は、設定した日数で消し、伏せて残せます。",
        ("audit",),
        "質問に個人情報を書かないよう知らせ、記録の保存期間を決めてください。外のモデルを使うなら、送り先と契約を確かめてください。",
    ),
    Principle(
        "セキュリティ確保",
        "サインインと役割があり、閲覧できない文書は検索の前に除かれます。文書や質問に書かれた命令は実行されず、壊れたファイルは別のプロセスで読まれます。",
        ("documents",),
        "サインインとTLSを設定し、権限と管理者を定期的に見直し、更新とバックアップを続けてください。",
    ),
    Principle(
        "透明性",
        "答えには、典拠の文言と位置、よった版、探した言葉、確からしさ、使ったモデルが添えられます。登録文書は誰でも一覧で確かめられます。",
        ("ask", "documents"),
        "機械が作る答えであることと、その限界、登録している文書の範囲を、使う人に知らせてください。",
    ),
    Principle(
        "アカウンタビリティ",
        "質問と答え、典拠、版、確認者の判断は、書き換えを見つけられる監査ログに残り、当時の答えをそのまま再現できます。",
        ("audit", "review"),
        "責任者と確認者を決め、監査ログの検証を定期的に行い、末尾の控えを別の場所に残してください。",
    ),
    Principle(
        "教育・リテラシー",
        "質問の例、すぐ隣に開く原文、見送った理由が、答えを原文で確かめる習慣を助けます。手元の文章も一文ずつ照らし合わせられます。",
        ("ask", "verify"),
        "使い始める人に、答えをうのみにせず原文まで読むことと、このページの「できないこと」を教えてください。",
    ),
    Principle(
        "公正競争確保",
        "特定の事業者のサービスがなくても動き、モデルは設定で差し替えられます。記録は、ほかの道具で読めるCSVなどで持ち出せます。",
        ("audit",),
        "文書、モデル、辞書の利用条件を守り、乗り換えられる形で調達してください。",
    ),
    Principle(
        "イノベーション",
        "正解つきの質問で評価し、部分を外して比べられるので、改良を数字で確かめられます。未回答の質問は、規程を良くする手がかりになります。",
        ("evaluation", "unanswered"),
        "自分の職場の質問で正解集を作り、変更の前後で測り、未回答を規程の見直しに使ってください。",
    ),
)
"""The ten common principles in the guideline's order."""


def facts(snapshot: Snapshot, settings: Settings) -> Iterator[tuple[str, str]]:
    """What the answers are made from, as names and values; of documents, those that the user may see."""
    rows, encoder = snapshot.documents(), snapshot.manifest["encoder"]
    made = datetime.fromisoformat(str(snapshot.manifest["created"])).astimezone()
    yield "文書", f"{len({row.id for row in rows}):,}件（{len(rows):,}版）"
    yield "箇所（検索の単位）", f"{snapshot.size:,}"
    yield "索引", snapshot.name
    yield "索引を作った日時", f"{japanese_date(made.date())} {made:%H:%M}"
    yield "符号化モデル（検索）", f"{encoder['name']}（{encoder['dimension']}次元）"
    yield "答えを書くモデル", settings.model or "なし（文書の文をそのまま答えにする）"
