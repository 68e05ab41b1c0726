import sys

print("about to exit")
try:
    sys.exit(7)
finally:
    print("finally still runs")
# harness: status 7
