"""Synthetic people of 示例省示例市, made from a seed. None of them exists, and their numbers can belong to nobody.

The area code is 990102. GB/T 2260 assigns provinces 11 to 82, 83 marks residents of Taiwan, and a leading 9 is followed
by a province code in the numbers of foreigners with permanent residence: there is no province 90, so no number with
this code was ever issued. Check digits are right, since software refuses wrong ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ledger.china_identifiers import credit_code_check, organisation_code_check, resident_id_check

AREA = "990102"
PROVINCE, CITY, DISTRICT = "示例省", "示例市", "样本区"
NOTE = "合成数据，仅供演示，无法律效力。Synthetic data."

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_COMPOUND = ("欧阳", "司马", "诸葛", "上官")
_GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超霞平刚桂英华建国志文雨晨子涵欣怡浩然思睿"
_RARE = ("𠮷", "䶮", "㛃")
"""U+20BB7 lies outside the Basic Multilingual Plane; U+4DAE and U+36C3 are in neither GBK nor most fonts."""
_DOTTED = (
    ("阿卜杜拉·买买提", "维吾尔族", "男"),
    ("古丽米热·艾尔肯", "维吾尔族", "女"),
    ("巴特尔·苏和", "蒙古族", "男"),
    ("阿依古丽·托合提", "哈萨克族", "女"),
)
"""With U+00B7, as the civil registers write it."""
_STREETS = ("样本大街", "示范路", "演示巷", "测试胡同")


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person."""

    full_name: str
    sex: str
    ethnic_group: str
    birth_date: str
    resident_id: str


class Population:
    """Makes people, companies and addresses; no two people share an identity number."""

    def __init__(self, seed: int | str) -> None:
        self.random = Random(seed)
        self._made = 0
        self._ids: set[str] = set()

    def person(
        self, youngest: int = 22, oldest: int = 75, sex: str | None = None, surname: str | None = None
    ) -> Person:
        """A person born ``youngest`` to ``oldest`` years before 2025. Every tenth name is rare, every tenth dotted."""
        self._made += 1
        sex = sex or self.random.choice("男女")
        born = date(2025, 1, 1) - timedelta(days=self.random.randint(youngest * 365, oldest * 365))
        name, ethnic_group = self._name(sex, surname)
        return Person(name, sex, ethnic_group, born.isoformat(), self._resident_id(born, sex))

    def address(self) -> str:
        """An address in a district that no map shows."""
        street, number = self.random.choice(_STREETS), self.random.randint(1, 999)
        entrance, room = self.random.randint(1, 30), self.random.randint(101, 2804)
        return f"{PROVINCE}{CITY}{DISTRICT}{street}{number}号{entrance}单元{room}室"

    def credit_code(self) -> str:
        """A unified social credit code of a company (authority 9, kind 1) in the fictional area."""
        body = "MA" + "".join(self.random.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=6))
        first17 = f"91{AREA}{body}{organisation_code_check(body)}"
        return first17 + credit_code_check(first17)

    def digits(self, count: int) -> str:
        """So many random digits."""
        return "".join(self.random.choices("0123456789", k=count))

    def day(self, first: int = 2020, last: int = 2025) -> date:
        """A day in those years, both included."""
        start = date(first, 1, 1)
        return start + timedelta(days=self.random.randrange((date(last + 1, 1, 1) - start).days))

    def _name(self, sex: str, surname: str | None) -> tuple[str, str]:
        if surname is None and self._made % 10 == 7:
            name, ethnic_group, _ = self.random.choice([entry for entry in _DOTTED if entry[2] == sex])
            return name, ethnic_group
        family = surname or self.random.choice([*_SURNAMES, *_COMPOUND])
        given = "".join(self.random.choices(_GIVEN, k=self.random.randint(1, 2)))
        if self._made % 10 == 3:
            given = _RARE[self._made // 10 % len(_RARE)] + given[1:]
        return family + given, "汉族"

    def _resident_id(self, born: date, sex: str) -> str:
        while True:
            sequence = self.random.randrange(500) * 2 + (sex == "男")
            first17 = f"{AREA}{born:%Y%m%d}{sequence:03d}"
            number = first17 + resident_id_check(first17)
            if number not in self._ids:
                self._ids.add(number)
                return number
