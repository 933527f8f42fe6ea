"""One synthetic record of each of the eight types, as the issuing agency's register would hold it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from examples.chinese.people import AREA, CITY, DISTRICT, NOTE, PROVINCE, Person, Population

Record = dict[str, Any]


def household(people: Population, index: int) -> list[Record]:
    """居民户口簿: a head, a spouse and up to two children."""
    head = people.person(28, 60)
    spouse = people.person(28, 60, sex="女" if head.sex == "男" else "男")
    children = [people.person(0, 20, surname=_family_name(head)) for _ in range(people.random.randint(0, 2))]
    relations = [
        ("户主", head),
        ("配偶", spouse),
        *(("子" if child.sex == "男" else "女", child) for child in children),
    ]
    record = {
        "householdNumber": f"{100_000_000 + index}",
        "householdKind": "家庭户",
        "headName": head.full_name,
        "headResidentId": head.resident_id,
        "address": people.address(),
        "registrationAuthority": f"{CITY}公安局{DISTRICT}分局样本派出所",
        "issuedOn": people.day().isoformat(),
        "members": [_member(people, relation, person) for relation, person in relations],
        "note": NOTE,
    }
    return [record]


def birth(people: Population, index: int) -> list[Record]:
    """出生医学证明: every eighth without a father's particulars, as the form allows."""
    mother, father = people.person(22, 40, sex="女"), people.person(22, 45, sex="男")
    born = people.day(2023, 2025)
    record = {
        "certificateNumber": f"Z{index + 1:09d}",
        "childName": people.person(0, 1, surname=_family_name(mother)).full_name,
        "sex": people.random.choice("男女"),
        "birthDate": born.isoformat(),
        "birthTime": f"{people.random.randrange(24):02d}:{people.random.randrange(60):02d}",
        "gestationWeeks": people.random.randint(36, 41),
        "weightGrams": people.random.randint(2400, 4300),
        "lengthCentimetres": people.random.randint(46, 54),
        "birthPlace": f"{PROVINCE}{CITY}",
        "institution": f"{CITY}妇幼保健院",
        "mother": _parent(people, mother),
        "father": _parent(people, father),
        "issuingAuthority": f"{CITY}妇幼保健院",
        "issuedOn": (born + timedelta(days=people.random.randint(1, 30))).isoformat(),
        "note": NOTE,
    }
    if index % 8 == 5:
        del record["father"]
    return [record]


def marriage(people: Population, index: int) -> list[Record]:
    """结婚证: two books with one number, one for each spouse."""
    couple = [people.person(28, 55, sex="男"), people.person(27, 55, sex="女")]
    day = people.day()
    spouses = [
        {
            "fullName": person.full_name,
            "sex": person.sex,
            "nationality": "中国",
            "birthDate": person.birth_date,
            "residentId": person.resident_id,
        }
        for person in couple
    ]
    registrar = people.person(25, 60).full_name
    return [
        {
            "certificateNumber": f"J{AREA}-{day.year}-{index + 1:06d}",
            "holderName": person.full_name,
            "holderResidentId": person.resident_id,
            "registeredOn": day.isoformat(),
            "spouses": spouses,
            "registrationAuthority": f"{CITY}民政局",
            "registrar": registrar,
            "note": NOTE,
            "copy": copy,
        }
        for copy, person in enumerate(couple, 1)
    ]


def degree(people: Population, index: int) -> list[Record]:
    """学位证书: institution 99001, which is nobody's."""
    person = people.person(22, 35)
    code, level = people.random.choice((("4", "学士"), ("3", "硕士"), ("2", "博士")))
    branch, major = people.random.choice(
        (("工学", "计算机科学与技术"), ("理学", "数学"), ("医学", "临床医学"), ("法学", "法学"))
    )
    day = people.day().replace(month=6, day=30)
    record = {
        "certificateNumber": f"99001{code}{day.year}{index + 1:06d}",
        "fullName": person.full_name,
        "sex": person.sex,
        "birthDate": person.birth_date,
        "residentId": person.resident_id,
        "degreeLevel": level,
        "degreeTitle": f"{branch}{level}",
        "major": major,
        "awardingInstitution": "示例大学",
        "presidentName": "王示例",
        "committeeChairName": "李样本",
        "awardedOn": day.isoformat(),
        "note": NOTE,
    }
    return [record]


def residence_permit(people: Population, index: int) -> list[Record]:
    """居住证: its year runs from the endorsement."""
    person = people.person(18, 70)
    record = {
        "permitNumber": f"{AREA}{index + 1:012d}",
        "fullName": person.full_name,
        "sex": person.sex,
        "ethnicGroup": person.ethnic_group,
        "birthDate": person.birth_date,
        "residentId": person.resident_id,
        "registeredAddress": f"{PROVINCE}另例市虚构县{people.random.randint(1, 99)}号",
        "residenceAddress": people.address(),
        "issuingAuthority": f"{CITY}公安局",
        "endorsedOn": people.day(2024, 2025).isoformat(),
        "note": NOTE,
    }
    return [record]


def business_licence(people: Population, index: int) -> list[Record]:
    """营业执照: every third with a term."""
    established = people.day(2005, 2024)
    trade = people.random.choice(("科技", "餐饮管理", "建筑工程", "医药", "物流"))
    record = {
        "creditCode": people.credit_code(),
        "companyName": f"{CITY}样本{index + 1:05d}{trade}有限公司",
        "companyKind": "有限责任公司",
        "legalRepresentative": people.person(25, 65).full_name,
        "registeredCapitalYuan": people.random.randint(10, 5000) * 10_000,
        "establishedOn": established.isoformat(),
        "domicile": people.address(),
        "businessScope": "技术开发、技术咨询；货物进出口。（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
        "registrationAuthority": f"{CITY}市场监督管理局",
        "registeredOn": (established + timedelta(days=people.random.randint(0, 300))).isoformat(),
        "note": NOTE,
    }
    if index % 3 == 0:
        record["termUntil"] = established.replace(year=established.year + 30, day=1).isoformat()
    return [record]


def real_estate(people: Population, index: int) -> list[Record]:
    """不动产权证书: one owner, or two by shares."""
    owners = [people.person(25, 75) for _ in range(1 + index % 2)]
    day = people.day()
    shares: list[Record] = [{} if len(owners) == 1 else {"share": "1/2"} for _ in owners]
    record = {
        "certificateNumber": f"虚（{day.year}）{CITY}不动产权第{index + 1:07d}号",
        "owners": [
            {"fullName": owner.full_name, "residentId": owner.resident_id, **share}
            for owner, share in zip(owners, shares, strict=True)
        ],
        "coOwnership": "单独所有" if len(owners) == 1 else "按份共有",
        "location": people.address(),
        "unitNumber": f"{AREA}001001GB{index % 100_000:05d}F{people.digits(8)}",
        "rightKind": "国有建设用地使用权/房屋所有权",
        "rightNature": "出让/商品房",
        "usage": "城镇住宅用地/住宅",
        "buildingArea": f"{people.random.randint(40, 200)}.{people.random.randrange(100):02d}",
        "landUseUntil": f"{people.random.randint(2060, 2090)}-12-31",
        "registrationAuthority": f"{CITY}自然资源和规划局",
        "registeredOn": day.isoformat(),
        "note": NOTE,
    }
    return [record]


def social_insurance(people: Population, index: int) -> list[Record]:
    """社会保险参保证明: usable for ninety days."""
    person, since, printed = people.person(20, 60), people.random.randint(2010, 2022), people.day(2024, 2025)
    record = {
        "recordNumber": f"{AREA}SB{index + 1:012d}",
        "fullName": person.full_name,
        "residentId": person.resident_id,
        "employerName": f"{CITY}样本单位有限公司",
        "employerCreditCode": people.credit_code(),
        "insuredPlace": f"{CITY}{DISTRICT}",
        "insurances": [
            {
                "insuranceKind": kind,
                "paidFrom": f"{since}-07",
                "paidThrough": f"{printed:%Y-%m}",
                "months": (printed.year - since) * 12 + printed.month - 6,
                "contributionBaseFen": people.random.randint(300_000, 3_000_000),
                "insuredNow": True,
            }
            for kind in ("基本养老保险", "基本医疗保险", "失业保险", "工伤保险")
        ],
        "issuingAuthority": f"{CITY}人力资源和社会保障局",
        "printedOn": printed.isoformat(),
        "usableUntil": (printed + timedelta(days=90)).isoformat(),
        "note": NOTE,
    }
    return [record]


MAKERS: dict[str, Callable[[Population, int], list[Record]]] = {
    "household-register": household,
    "birth-certificate": birth,
    "marriage-certificate": marriage,
    "degree-certificate": degree,
    "residence-permit": residence_permit,
    "business-licence-cn": business_licence,
    "real-estate-certificate": real_estate,
    "social-insurance-record": social_insurance,
}
"""What makes the records of each type, by the stem of its files."""


def _member(people: Population, relation: str, person: Person) -> Record:
    adult = relation in ("户主", "配偶")
    return {
        "fullName": person.full_name,
        "relationToHead": relation,
        "sex": person.sex,
        "ethnicGroup": person.ethnic_group,
        "birthDate": person.birth_date,
        "birthPlace": f"{PROVINCE}{CITY}",
        "nativePlace": f"{PROVINCE}{CITY}{DISTRICT}",
        "residentId": person.resident_id,
        "maritalStatus": "有配偶" if adult else "未婚",
        **({"education": people.random.choice(("大学本科", "高中", "初中"))} if adult else {}),
    }


def _parent(people: Population, person: Person) -> Record:
    return {
        "fullName": person.full_name,
        "birthDate": person.birth_date,
        "nationality": "中国",
        "ethnicGroup": person.ethnic_group,
        "residentId": person.resident_id,
        "address": people.address(),
    }


def _family_name(person: Person) -> str | None:
    """The surname to hand on; None where the name is not built that way."""
    if "·" in person.full_name:
        return None
    return person.full_name[:2] if person.full_name[:2] in ("欧阳", "司马", "诸葛", "上官") else person.full_name[0]
