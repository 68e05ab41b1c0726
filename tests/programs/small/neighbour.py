import neighbour_module
from neighbour_module import Helper, double as twice

print(neighbour_module.VALUE, twice(4), Helper().name(), neighbour_module.__name__)
print(neighbour_module.__file__.replace("\\", "/").endswith("small/neighbour_module.py"))
