import threading

results = {}
lock = threading.Lock()


def work(name, n):
    total = 0
    for i in range(n):
        total += i
    with lock:
        results[name] = total


class Custom(threading.Thread):
    def run(self):
        work(self.name, 50)


def failing():
    raise ValueError("in a thread")


threading.excepthook = lambda arguments: results.update(failed=arguments.exc_type.__name__)
threads = [threading.Thread(target=work, args=("t%d" % n, 20 + n)) for n in range(3)] + [Custom(name="custom")]
threads.append(threading.Thread(target=failing))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
timer = threading.Timer(0.001, work, ("timer", 5))
timer.start()
timer.join()
print(sorted(results.items(), key=str))
