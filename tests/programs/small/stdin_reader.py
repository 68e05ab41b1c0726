# harness: stdin first line\nsecond line\n\n42 is a number\nno newline at the end
import sys

first = input()
print("first:", first)
print("second:", sys.stdin.readline().rstrip("\n"))
count = 0
for line in sys.stdin:
    count += 1
    print(count, repr(line))
try:
    input("prompt> ")
except EOFError as error:
    print("\nend:", type(error).__name__)
