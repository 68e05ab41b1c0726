import sys

print("leaving early")
if sys:
    sys.exit()
print("never")
