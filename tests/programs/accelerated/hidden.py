for _ in range(210): pass
# Secrets in all places where a filter hides them.
class Account:
    def __init__(self, n):
        self.user = "u%d" % n
        self.password = "SECRET-attribute"
        self.balance = n


class Deep:
    def __init__(self, n):
        self.inner = Account(n)
        self.table = {"token": "SECRET-key", "n": n, (1, "secret"): 2}


def login(user, password, n):
    token = "SECRET-local" + str(n)
    api_key = [token]
    both = {"password": token, "user": user, n: n}
    account = Account(n)
    deep = [Deep(n), account]
    many = {"key%d" % m: m for m in range(20)}
    many["password"] = "SECRET-in-many"
    account.passwd = "SECRET-later"
    return n


def dropped(n, gone="SECRET-dropped"):
    gone_too = "SECRET-dropped-too"
    stays = n
    del gone_too
    stays = secret_global > 0
    return stays


def get_secret(n):
    result = n
    return "SECRET-returned"


def yields_secret(n):
    for each in range(n):
        yield "SECRET-yielded"


def only_numbers(password, n):
    a = n
    secret = 424242
    return a


secret_global = 434343
for n in range(34):
    login("u", "SECRET-argument", n)
    dropped(n)
    get_secret(n)
    only_numbers(414141, n)
    for secret in yields_secret(2): pass
print("end")
