import os
import sys

sys.stdout.write("out 1\n")
sys.stderr.write("err 1\n")
sys.stdout.flush()
print("out 2", flush=True)
print("err 2", file=sys.stderr)
sys.stdout.buffer.write(b"bytes \xff\xfe\n")
sys.stdout.flush()
os.write(1, b"raw out\n")
os.write(2, b"raw err\n")
print("a", "b", sep="-", end="!\n")
sys.stdout.writelines(["x\n", "y\n"])
