def override():
    try:
        return "try"
    finally:
        return "finally"


def swallowed():
    while True:
        try:
            raise ValueError("lost")
        finally:
            break
    return "after"


def ordered(log):
    try:
        log.append("body")
        try:
            raise KeyError("k")
        except KeyError:
            log.append("handler")
            raise ValueError("v") from None
        else:
            log.append("never")
        finally:
            log.append("inner finally")
    except ValueError:
        log.append("outer handler")
    else:
        log.append("never")
    finally:
        log.append("outer finally")
    return log


def nothing_wrong():
    try:
        value = 1
    except ValueError:
        value = 2
    else:
        value += 10
    finally:
        value += 100
    return value


def chained():
    try:
        try:
            {}["x"]
        except KeyError as error:
            raise RuntimeError("second") from error
    except RuntimeError as error:
        return repr(error), repr(error.__cause__)


def unbound_after():
    error = "kept"
    try:
        raise ValueError
    except ValueError as error:
        pass
    try:
        return error
    except UnboundLocalError as problem:
        return type(problem).__name__


def reraise():
    try:
        try:
            raise IndexError("same")
        except IndexError:
            raise
    except LookupError as error:
        return error.args


print(override(), swallowed(), ordered([]), nothing_wrong(), chained(), unbound_after(), reraise())
