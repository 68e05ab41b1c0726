"""Holds secrets wherever a name can stand, and each is put together while it runs: none stands in the source."""
import collections
import enum
import pwd


def make_secret(number):
    return "".join(map(chr, (67, 65, 78, 65, 82, 89))) + str(number)


PASSWORD = make_secret(100)
SETTINGS = {"debug": "SHOWN", "api_key": make_secret(101), "nested": [{"deep": ({"session_id": make_secret(102)},)}]}


class Account:
    session = make_secret(103)

    def __init__(self, name, password, **options):
        self.name, self.password, self.options = name, password, options
        self._auth_token = make_secret(104)

    def get_token(self):
        return self._auth_token


class Slotted:
    __slots__ = ("cookie", "shown")


class OfBytes(bytes):
    pass


class Trouble(Exception):
    pass


Login = collections.namedtuple("Login", "user secret")
Wide = collections.namedtuple("Wide", ["user", "secret"] + ["more%d" % n for n in range(3000)])
Changed = collections.namedtuple("Changed", "user secret")
Changed._fields = ("user",)


class Keys(enum.Enum):
    PASSWORD = make_secret(115)


def session_tokens(account):
    yield account._auth_token
    yield len(PASSWORD)


def visible(count, *secrets, plain=None):
    total = count + 1
    card_number = make_secret(105)
    login = Login("user", make_secret(106))
    slotted = Slotted()
    slotted.cookie, slotted.shown = make_secret(107), "SHOWN"
    everything = [slotted, {"login": login}, len(card_number), Keys.PASSWORD, Changed("user", make_secret(116))]
    everything.append({OfBytes(b"password"): make_secret(119)})
    everything.append(Wide("user", make_secret(117), *range(3000)))
    everything.append(pwd.struct_passwd(("user", make_secret(118), 1, 1, "", "", "")))
    return [total, everything, slotted]


def fails(password):
    trouble = Trouble("no")
    trouble.credentials = password
    raise trouble


def main():
    account = Account("bob", make_secret(108), token=make_secret(109), color="SHOWN")
    for number in map(len, filter(None, map(str, session_tokens(account)))):
        del number
    first = visible(1, make_secret(110), make_secret(111), plain={"bearer": make_secret(112)})
    (lambda jwt: len(jwt))(make_secret(113))
    try:
        fails(make_secret(114))
    except Trouble as error:
        caught = error
    return len(first) + len(SETTINGS) + len([caught])


main()
print("done")
