/* An accelerator that does nothing, but is made as the real one is: from the interpreter's internal headers. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "internal/pycore_frame.h"

static PyObject *
version(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyUnicode_FromFormat("%d.%d", PY_MAJOR_VERSION, PY_MINOR_VERSION);
}

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_ct_native",
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__ct_native(void)
{
    return PyModuleDef_Init(&module);
}
