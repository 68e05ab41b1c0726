"""Names the asyncio task that is running, without asyncio's help: nothing is imported, and no code of Python's runs."""
from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_system import loaded
from _ct_values import SHORT_TEXT, ModuleType, has_base

_module_dict = ModuleType.__dict__["__dict__"].__get__


def task_name():
    """None outside of tasks, and in those that are not asyncio's own, written in C."""
    asyncio = loaded("_asyncio")
    if type(asyncio) is not ModuleType:
        return None
    names = _module_dict(asyncio)
    try:
        running_loop, tasks, Task = names["_get_running_loop"], names.get("_current_tasks"), names["Task"]
        loop = running_loop()
        if loop is None:
            return None
        if tasks is None:  # from 3.14 on the thread has it
            task = names["current_task"](loop)
        else:
            # Not looked up: that would ask the loop for its hash, which may be the program's code.
            task = next((one for key, one in list(tasks.items()) if key is loop), None)
        if task is None or not has_base(type(task), Task):
            return None
        name = Task.__dict__["get_name"](task)
    except KeyError:  # another kind of module goes by that name
        return None
    return name[:SHORT_TEXT] if type(name) is str else None
