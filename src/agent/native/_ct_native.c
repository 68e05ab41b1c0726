/*
 * The agent's accelerator: reads the variables of a frame and makes the record of a line, as `_ct_capture.py`,
 * `_ct_packed.py` and `_ct_values.py` do, in a tenth of the time. What it makes is what those could have made
 * (design-docs/wire-protocol.md); what it can't look at, one value or a whole line, it leaves to them.
 *
 * The rule is theirs: no code of the program runs to look at one of its values. Types are compared by identity, and
 * nothing is called but C code of the interpreter's that works on values of its own types. While a value is looked at no
 * Python code runs at all, so nothing changes meanwhile. Where the agent's own Python code is called, which may let other
 * threads, finalizers and signal handlers in, references are held to all that is looked at afterwards.
 *
 * Frames are read by the interpreter's internal headers, so a library is for one minor version. It is optional: see
 * design-docs/adr/0012-native-accelerator.md.
 */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#include "Python.h"

#include "internal/pycore_code.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_long.h"
#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe.h"
#endif

#include "marshal.h"

#if PY_VERSION_HEX < 0x030C0000 || PY_VERSION_HEX >= 0x03100000
#error "what is read here of frames is that of CPython 3.12 to 3.15"
#endif
#if defined(Py_GIL_DISABLED) || defined(Py_TRACE_REFS)
#error "not for this build of CPython"
#endif

/* Numbers of the wire protocol, and bounds, as in `_ct_values.py` and `_ct_packed.py`. */
enum { MORE = 1, STRUCT = 4, RAW = 5, SEQUENCE = 6, MAPPING = 7, TOO_DEEP = 8, CYCLE = 9, AS_KEPT = 15 };
enum { SHORT_TEXT = 200, NODES = 100, MANY = 32, FEW = 4 };
enum { CALL = -5, RESUME = -6, RETURN = -7, YIELD = -8 };
enum { PACKED_LINE = 1, PACKED_RETURN, PACKED_YIELD, PACKED_RETURN_NONE, PACKED_YIELD_NONE, END = 0x4E };
enum { LONGEST_RECORD = 64 << 10 };

enum { MOST_VALUES = 64, MOST_PACKED = 16, MOST_SITES = 4, MOST_VARIANTS = 4, DEEPEST = 16 };

/* What became of looking at a value: it is in the buffer; the agent's Python code has to do it; an exception is set. */
typedef enum { DONE, OTHER, FAILED } Outcome;

/* -- bytes ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned char *bytes;
    size_t length, room;
} Buffer;

enum { FIRST_ROOM = 4096, KEPT_ROOM = 256 << 10 };

/* One that is not in use: code of the program may run in the midst of a record, and make another one. */
static Buffer spare;

static int
grow(Buffer *to, size_t more)
{
    size_t room = to->room ? to->room : FIRST_ROOM;
    while (room < to->length + more) room *= 2;
    unsigned char *bytes = PyMem_RawRealloc(to->bytes, room);
    if (bytes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    to->bytes = bytes;
    to->room = room;
    return 0;
}

/* Room for `more` bytes at the end; -1, with an exception, where there is no memory. */
static inline int
ensure(Buffer *to, size_t more)
{
    return to->room - to->length >= more ? 0 : grow(to, more);
}

static Buffer
take_buffer(void)
{
    Buffer taken = spare;
    spare = (Buffer){0};
    taken.length = 0;
    return taken;
}

static void
give_back(Buffer *buffer)
{
    if (spare.bytes == NULL && buffer->room <= KEPT_ROOM) spare = *buffer;
    else PyMem_RawFree(buffer->bytes);
}

/* The ones below need room. */

static inline void
put_byte(Buffer *to, unsigned char byte)
{
    to->bytes[to->length++] = byte;
}

static inline void
put_u32(Buffer *to, uint32_t number)
{
    unsigned char *at = to->bytes + to->length;
    at[0] = (unsigned char)number;
    at[1] = (unsigned char)(number >> 8);
    at[2] = (unsigned char)(number >> 16);
    at[3] = (unsigned char)(number >> 24);
    to->length += 4;
}

static inline void
put_u64(Buffer *to, uint64_t number)
{
    put_u32(to, (uint32_t)number);
    put_u32(to, (uint32_t)(number >> 32));
}

static inline void
set_u32(Buffer *to, size_t at, uint32_t number)
{
    size_t length = to->length;
    to->length = at;
    put_u32(to, number);
    to->length = length;
}

/* -- marshal, version 2 (CPython, Python/marshal.c) ----------------------------------------------------------------- */

enum { INT_ROOM = 5, LONG_ROOM = 5 + 2 * 5, NUMBER_ROOM = LONG_ROOM };

static inline void
put_int(Buffer *to, int32_t number)
{
    put_byte(to, 'i');
    put_u32(to, (uint32_t)number);
}

/* In digits of 15 bits, where 32 bits are too few. */
static void
put_int64(Buffer *to, int64_t number)
{
    if (number >= INT32_MIN && number <= INT32_MAX) {
        put_int(to, (int32_t)number);
        return;
    }
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    int32_t digits = 0;
    put_byte(to, 'l');
    size_t at = to->length;
    to->length += 4;
    for (; rest != 0; rest >>= 15, digits++) {
        put_byte(to, (unsigned char)rest);
        put_byte(to, (unsigned char)(rest >> 8 & 0x7F));
    }
    set_u32(to, at, (uint32_t)(number < 0 ? -digits : digits));
}

static void
put_float(Buffer *to, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_u64(to, bits);
}

/* Any other. Not by the interpreter's own marshal, which tells the program's hooks for audit events: they are its code. */
static Outcome
put_wide_int(Buffer *to, PyObject *number)
{
    const digit *digits = ((PyLongObject *)number)->long_value.ob_digit;
    size_t count = (_PyLong_NumBits(number) + 14) / 15;
    if (ensure(to, 5 + 2 * count) < 0) return FAILED;
    put_byte(to, 'l');
    put_u32(to, (uint32_t)(_PyLong_IsNegative((PyLongObject *)number) ? -(int32_t)count : (int32_t)count));
    for (size_t n = 0; n < count; n++) {
        size_t bit = 15 * n;
        uint32_t part = digits[bit / PyLong_SHIFT] >> bit % PyLong_SHIFT & 0x7FFF;
        put_byte(to, (unsigned char)part);
        put_byte(to, (unsigned char)(part >> 8));
    }
    return DONE;
}

/* What the interpreter's own marshal makes of it. Other code may run meanwhile: see `put_wide_int`. */
static Outcome
put_marshalled(Buffer *to, PyObject *encoded)
{
    PyObject *made = PyMarshal_WriteObjectToString(encoded, 2);
    if (made == NULL) return FAILED;
    size_t size = (size_t)PyBytes_GET_SIZE(made);
    if (ensure(to, size) < 0) {
        Py_DECREF(made);
        return FAILED;
    }
    memcpy(to->bytes + to->length, PyBytes_AS_STRING(made), size);
    to->length += size;
    Py_DECREF(made);
    return DONE;
}

/* UTF-8, lone surrogates among them. Not by way of the text's own UTF-8 form, which the interpreter would keep. */
static Outcome
put_text(Buffer *to, PyObject *text)
{
    size_t length = (size_t)PyUnicode_GET_LENGTH(text);
    if (ensure(to, 5 + 4 * length) < 0) return FAILED;
    put_byte(to, 'u');
    if (PyUnicode_IS_ASCII(text)) {
        put_u32(to, (uint32_t)length);
        memcpy(to->bytes + to->length, PyUnicode_1BYTE_DATA(text), length);
        to->length += length;
        return DONE;
    }
    size_t at = to->length;
    to->length += 4;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    unsigned char *out = to->bytes + to->length;
    for (size_t n = 0; n < length; n++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, (Py_ssize_t)n);
        if (c < 0x80) *out++ = (unsigned char)c;
        else {
            if (c < 0x800) *out++ = (unsigned char)(0xC0 | c >> 6);
            else {
                if (c < 0x10000) *out++ = (unsigned char)(0xE0 | c >> 12);
                else {
                    *out++ = (unsigned char)(0xF0 | c >> 18);
                    *out++ = (unsigned char)(0x80 | (c >> 12 & 0x3F));
                }
                *out++ = (unsigned char)(0x80 | (c >> 6 & 0x3F));
            }
            *out++ = (unsigned char)(0x80 | (c & 0x3F));
        }
    }
    to->length = (size_t)(out - to->bytes);
    set_u32(to, at, (uint32_t)(to->length - at - 4));
    return DONE;
}

/* -- what is known of classes --------------------------------------------------------------------------------------- */

/* A slot of instances: its name, held; which of its class's bases it is of; and where it lies in an instance. */
typedef struct {
    PyObject *name;
    Py_ssize_t base, offset;
} Slot;

/* What the classes that are shown are made from. */
enum { OF_OBJECT, OF_SET, OF_DICT };

/* A class whose instances are shown by what their dicts and slots hold, or as what they are made from where these hold
 * nothing. It is not held: the agent tells when it goes. */
typedef struct {
    PyTypeObject *type; /* NULL: a free place; GONE: one that was taken */
    int made_from;
    int has_dict; /* it is shown by that */
    Slot *slots;
    Py_ssize_t slot_count;
    /* The version of the class for which its slots were found where they are said to lie; 0: none. */
    unsigned int version;
    /* Its mro when it was met, itself first. They are not held: with others it is another's to look at. */
    PyObject **bases;
    Py_ssize_t base_count;
    /* Its name in marshal's form. */
    unsigned char *name;
    size_t name_size;
    /* The names of the attributes of the instance looked at last: held, and all of them shown. And in marshal's form. */
    PyObject **attributes;
    Py_ssize_t attribute_count, attribute_room;
    unsigned char *names;
    size_t names_size, names_room;
} Class;

static PyTypeObject *const GONE = (PyTypeObject *)1;

typedef struct {
    PyObject_HEAD
    PyObject *described; /* dict: id -> (…, marker) of functions, classes and modules */
    PyObject *texts; /* dict: id -> (the text, its marker) of long ones */
    PyObject *allowed; /* set of the names that are shown; NULL: all are */
    /* The agent's own: () -> walk; (value, depth, walk) -> encoded, where the walk says how far it may go. */
    PyObject *new_walk, *fallback;
    /* Those of `_ct_kept.py`: dict of threads -> what is kept for them; (container, kind) -> whether it is kept as it is now. */
    PyObject *kept_tables, *agree;
    Py_ssize_t max_depth, max_items, max_bytes;
    Class *classes; /* by hashed address; a power of two places */
    size_t class_places, class_count;
} Encoder;

/*
 * How far one walk through a value may still go, and the containers that it is inside of. `python`: where the agent's own
 * walk is, which is made for the first value of a record that its Python code has to look at.
 */
typedef struct {
    Encoder *encoder;
    Buffer *to;
    PyObject **python;
    Py_ssize_t nodes;
    int inside;
    PyObject *path[DEEPEST];
} Walk;

/* Attributes of the agent's objects. */
static PyObject *NODES_NAME, *PATH_NAME, *KNOWN, *KIND, *ITEMS, *TOTAL, *TUPLES, *SLOT, *VERSION;

static inline size_t
place_of(PyTypeObject *type, size_t places)
{
    return ((uint32_t)((uintptr_t)type >> 4) * 0x9E3779B1u >> 12) & (places - 1);
}

static Class *
find_class(Encoder *encoder, PyTypeObject *type)
{
    if (encoder->class_places == 0) return NULL;
    for (size_t at = place_of(type, encoder->class_places);; at = (at + 1) & (encoder->class_places - 1)) {
        Class *found = &encoder->classes[at];
        if (found->type == type) return found;
        if (found->type == NULL) return NULL;
    }
}

static void
forget_attributes(Class *known)
{
    Py_ssize_t count = known->attribute_count;
    known->attribute_count = 0;
    known->names_size = 0; /* an instance without attributes has none either */
    while (count > 0) Py_DECREF(known->attributes[--count]); /* texts: no code runs */
}

/* Not by the mro's own address: another one may have it by now. */
static inline int
has_same_bases(const Class *known)
{
    PyObject *mro = known->type->tp_mro;
    return mro != NULL && PyTuple_GET_SIZE(mro) == known->base_count &&
        memcmp(((PyTupleObject *)mro)->ob_item, known->bases, (size_t)known->base_count * sizeof(PyObject *)) == 0;
}

/*
 * Where the slot of that name of a class lies in an instance; -1: that isn't known. The class may have got another
 * attribute of that name.
 */
static Py_ssize_t
offset_of_slot(PyObject *base, PyObject *name)
{
    PyObject *names = ((PyTypeObject *)base)->tp_dict;
    /* Keys that are no texts may be compared with the name by code of the program's. */
    if (names == NULL || !PyDict_CheckExact(names) || !DK_IS_UNICODE(((PyDictObject *)names)->ma_keys)) return -1;
    PyObject *found = PyDict_GetItemWithError(names, name);
    if (found == NULL) {
        PyErr_Clear();
        return -1;
    }
    if (!Py_IS_TYPE(found, &PyMemberDescr_Type) || (PyObject *)PyDescr_TYPE(found) != base) return -1;
    const PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
    return member->type == Py_T_OBJECT_EX && member->flags == 0 ? member->offset : -1;
}

/* Whether it is known where the slots of a class lie, which has the bases that it had. */
static int
finds_slots(Class *known)
{
    unsigned int version = known->type->tp_version_tag;
    if (version != 0 && version == known->version) return 1;
    known->version = 0;
    for (Py_ssize_t n = 0; n < known->slot_count; n++) {
        Slot *slot = &known->slots[n];
        slot->offset = offset_of_slot(known->bases[slot->base], slot->name);
        if (slot->offset < 0) return 0;
    }
    known->version = version;
    return 1;
}

static void
free_class(Class *known)
{
    forget_attributes(known);
    for (Py_ssize_t n = 0; n < known->slot_count; n++) Py_DECREF(known->slots[n].name);
    PyMem_RawFree(known->slots);
    PyMem_RawFree(known->bases);
    PyMem_RawFree(known->attributes);
    PyMem_RawFree(known->names);
    PyMem_RawFree(known->name);
    memset(known, 0, sizeof *known);
}

static void
forget_class(Encoder *encoder, PyTypeObject *type)
{
    Class *known = find_class(encoder, type);
    if (known == NULL) return;
    free_class(known);
    known->type = GONE;
}

/* Makes room for one more: half of the places stay free, or taken ones would be looked for for ever. */
static int
make_class_room(Encoder *encoder)
{
    if (2 * (encoder->class_count + 1) <= encoder->class_places) return 0;
    size_t old_places = encoder->class_places, live = 0;
    for (size_t n = 0; n < old_places; n++) {
        PyTypeObject *type = encoder->classes[n].type;
        live += type != NULL && type != GONE;
    }
    size_t places = 64;
    while (places < 4 * (live + 1)) places *= 2;
    Class *classes = PyMem_RawCalloc(places, sizeof(Class));
    if (classes == NULL) return -1;
    for (size_t n = 0; n < old_places; n++) {
        Class *known = &encoder->classes[n];
        if (known->type == NULL || known->type == GONE) continue;
        size_t at = place_of(known->type, places);
        while (classes[at].type != NULL) at = (at + 1) & (places - 1);
        classes[at] = *known;
    }
    PyMem_RawFree(encoder->classes);
    encoder->classes = classes;
    encoder->class_places = places;
    encoder->class_count = live;
    return 0;
}

/* -- values --------------------------------------------------------------------------------------------------------- */

static Outcome put_value(Walk *walk, PyObject *value, Py_ssize_t depth, int price);
static Outcome put_in_python(Walk *walk, PyObject *value, Py_ssize_t depth, int price);

static inline int
is_short_text(PyObject *value)
{
    return PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value) < SHORT_TEXT;
}

static inline int
is_plain(PyObject *value)
{
    return PyLong_CheckExact(value) || value == Py_None || PyFloat_CheckExact(value) || PyBool_Check(value) ||
        is_short_text(value);
}

/* A plain value. */
static Outcome
put_plain(Walk *walk, PyObject *value)
{
    Buffer *to = walk->to;
    if (PyUnicode_CheckExact(value)) return put_text(to, value);
    if (ensure(to, NUMBER_ROOM) < 0) return FAILED;
    if (value == Py_None) put_byte(to, 'N');
    else if (PyFloat_CheckExact(value)) {
        put_byte(to, 'g');
        put_float(to, PyFloat_AS_DOUBLE(value));
    }
    else if (PyBool_Check(value)) put_byte(to, value == Py_True ? 'T' : 'F');
    else {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow != 0) return put_wide_int(to, value);
        put_int64(to, number);
    }
    return DONE;
}

/* Begins a marked value of `count` elements behind the mark, the first of which says what it is. */
static void
put_mark(Buffer *to, uint32_t count, int32_t what)
{
    put_byte(to, '(');
    put_u32(to, count + 1);
    put_byte(to, 'S');
    put_int(to, what);
}

enum { MARK_ROOM = 1 + 4 + 1 + INT_ROOM };

/* The same, and the name of a type, in marshal's form: two of the elements. */
static Outcome
put_named(Buffer *to, uint32_t count, int32_t what, const unsigned char *name, size_t size)
{
    if (ensure(to, MARK_ROOM + size) < 0) return FAILED;
    put_mark(to, count, what);
    memcpy(to->bytes + to->length, name, size);
    to->length += size;
    return DONE;
}

static const unsigned char LIST_NAME[] = "u\x0D\0\0\0" "builtins:list";
static const unsigned char TUPLE_NAME[] = "u\x0E\0\0\0" "builtins:tuple";
static const unsigned char DICT_NAME[] = "u\x0D\0\0\0" "builtins:dict";

static Outcome
put_more(Buffer *to, Py_ssize_t count)
{
    if (ensure(to, MARK_ROOM + LONG_ROOM) < 0) return FAILED;
    put_mark(to, 2, MORE);
    put_int64(to, count);
    return DONE;
}

/* What a dict of the agent's holds for an object's id. Borrowed; NULL, perhaps with an exception, for nothing. */
static PyObject *
by_address(PyObject *dict, void *object)
{
    PyObject *key = PyLong_FromVoidPtr(object);
    if (key == NULL) return NULL;
    PyObject *found = PyDict_GetItemWithError(dict, key);
    Py_DECREF(key);
    return found;
}

/* Whether it holds anything for it. -1 with an exception. */
static int
has_address(PyObject *dict, void *object)
{
    if (by_address(dict, object) != NULL) return 1;
    return PyErr_Occurred() ? -1 : 0;
}

/* The marker that the agent keeps for the object with this address: the second item of an entry of `table`. Other code may
 * run meanwhile. */
static Outcome
put_known(Walk *walk, PyObject *table, PyObject *value, int is_held)
{
    PyObject *entry = by_address(table, value);
    if (entry == NULL) return PyErr_Occurred() ? FAILED : OTHER;
    if (!PyTuple_CheckExact(entry) || PyTuple_GET_SIZE(entry) != 2) return OTHER;
    if (is_held && PyTuple_GET_ITEM(entry, 0) != value) return OTHER;
    PyObject *marker = Py_NewRef(PyTuple_GET_ITEM(entry, 1));
    Outcome outcome = put_marshalled(walk->to, marker);
    Py_DECREF(marker);
    return outcome;
}

/* A value that the agent's Python code looks at, as a part of this walk. Other code may run meanwhile. */
static Outcome
put_in_python(Walk *walk, PyObject *value, Py_ssize_t depth, int price)
{
    Encoder *encoder = walk->encoder;
    if (price > 0) {
        Outcome outcome = put_known(walk, encoder->described, value, 0);
        if (outcome != OTHER) return outcome;
    }
    if (*walk->python == NULL) *walk->python = PyObject_CallNoArgs(encoder->new_walk);
    PyObject *python = *walk->python, *nodes = NULL, *path = NULL, *deep = NULL, *encoded = NULL;
    Outcome outcome = FAILED;
    if (python == NULL) return FAILED;
    nodes = PyLong_FromSsize_t(walk->nodes - price);
    path = PyList_New(walk->inside);
    deep = PyLong_FromSsize_t(depth);
    if (nodes == NULL || path == NULL || deep == NULL) goto done;
    for (int n = 0; n < walk->inside; n++) {
        PyObject *address = PyLong_FromVoidPtr(walk->path[n]);
        if (address == NULL) goto done;
        PyList_SET_ITEM(path, n, address);
    }
    if (PyObject_SetAttr(python, NODES_NAME, nodes) < 0 || PyObject_SetAttr(python, PATH_NAME, path) < 0) goto done;
    PyObject *arguments[] = {value, deep, python};
    encoded = PyObject_Vectorcall(encoder->fallback, arguments, 3, NULL);
    if (encoded == NULL) goto done;
    Py_SETREF(nodes, PyObject_GetAttr(python, NODES_NAME));
    if (nodes == NULL) goto done;
    walk->nodes = PyLong_AsSsize_t(nodes);
    if (walk->nodes == -1 && PyErr_Occurred()) goto done;
    outcome = put_marshalled(walk->to, encoded);
done:
    Py_XDECREF(nodes);
    Py_XDECREF(path);
    Py_XDECREF(deep);
    Py_XDECREF(encoded);
    return outcome;
}

static int
is_inside(Walk *walk, PyObject *value)
{
    for (int n = 0; n < walk->inside; n++) {
        if (walk->path[n] == value) return 1;
    }
    return 0;
}

/* Whether a walk can go on inside of `value`; so deep ones are the agent's Python code's to do. */
static int
go_inside(Walk *walk, PyObject *value)
{
    if (walk->inside == DEEPEST) return -1;
    walk->path[walk->inside++] = value;
    return 0;
}

/*
 * Values that are not all plain are held while they are looked at: other code may run then, and change what they came from.
 */
static void
hold(PyObject *const *values, Py_ssize_t count)
{
    for (Py_ssize_t n = 0; n < count; n++) Py_INCREF(values[n]);
}

/* Finalizers of the program's may run: an exception is set aside. */
static void
let_go(PyObject *const *values, Py_ssize_t count)
{
    PyObject *exception = PyErr_GetRaisedException();
    for (Py_ssize_t n = 0; n < count; n++) Py_DECREF(values[n]);
    if (exception != NULL) PyErr_SetRaisedException(exception);
}

/*
 * So many values, one behind the other. They are held, or all plain. `shown`: for how many of them there was room; `latest`:
 * where the last one of those begins.
 */
static inline Outcome
put_items(Walk *walk, PyObject *const *items, Py_ssize_t count, Py_ssize_t depth, Py_ssize_t *shown, size_t *latest)
{
    Py_ssize_t number = 0;
    Outcome outcome = DONE;
    size_t start = walk->to->length;
    for (; number < count; number++) {
        PyObject *item = items[number];
        size_t before = start;
        start = walk->to->length;
        if (is_plain(item)) outcome = put_plain(walk, item);
        else if (walk->nodes <= 0) {
            outcome = put_known(walk, walk->encoder->described, item, 0);
            if (outcome == OTHER) {
                outcome = DONE;
                start = before;
                break;
            }
        }
        else if (PyTuple_CheckExact(item) && depth <= 0) {
            walk->nodes--;
            outcome = put_named(walk->to, 2, TOO_DEEP, TUPLE_NAME, sizeof TUPLE_NAME - 1);
        }
        else {
            Py_ssize_t nodes = walk->nodes;
            int inside = walk->inside;
            outcome = put_value(walk, item, depth, 1);
            if (outcome == OTHER) {
                walk->to->length = start;
                walk->nodes = nodes;
                walk->inside = inside;
                outcome = put_in_python(walk, item, depth, 1);
            }
        }
        if (outcome != DONE) return outcome;
    }
    *shown = number;
    *latest = start;
    return DONE;
}

/*
 * The same, of `total` values that their container holds, as the elements of a list or tuple, behind whose count, at
 * `count_at`, they begin. Behind those for which there was room is a mark.
 */
static Outcome
put_each(Walk *walk, PyObject *const *items, Py_ssize_t count, Py_ssize_t total, Py_ssize_t depth, size_t count_at,
         Py_ssize_t *shown)
{
    size_t latest;
    Outcome outcome = put_items(walk, items, count, depth, shown, &latest);
    if (outcome != DONE) return outcome;
    Py_ssize_t number = *shown;
    if (total > number) {
        outcome = put_more(walk->to, total - number);
        if (outcome != DONE) return outcome;
        number++;
    }
    set_u32(walk->to, count_at, (uint32_t)number);
    return DONE;
}

/* The head of a list or tuple, whose count is filled in later; its place. */
static int
put_head(Buffer *to, unsigned char kind, size_t *count_at)
{
    if (ensure(to, 5) < 0) return -1;
    put_byte(to, kind);
    *count_at = to->length;
    put_u32(to, 0);
    return 0;
}

static int
all_plain(PyObject *const *items, Py_ssize_t count)
{
    for (Py_ssize_t n = 0; n < count; n++) {
        if (!is_plain(items[n])) return 0;
    }
    return 1;
}

/* Whether a container of so many elements may be one that `_ct_kept.py` refers to: all of them are plain, or tuples. */
static int
may_be_kept(PyObject *const *items, Py_ssize_t count)
{
    if (count < MANY) return 0;
    for (Py_ssize_t n = 0; n < count; n++) {
        if (!is_plain(items[n]) && !PyTuple_CheckExact(items[n])) return 0;
    }
    return 1;
}

/* Room for as many values: `few` where that is enough. NULL with an exception. */
static PyObject **
room_for(PyObject **few, Py_ssize_t count)
{
    if (count <= MANY) return few;
    PyObject **many = PyMem_RawMalloc((size_t)count * sizeof *many);
    if (many == NULL) PyErr_NoMemory();
    return many;
}

static void
free_room(PyObject **few, PyObject **items)
{
    if (items != few) PyMem_RawFree(items);
}

static Outcome
put_sequence(Walk *walk, PyObject *value, Py_ssize_t depth, int is_list)
{
    PyObject **items = is_list ? ((PyListObject *)value)->ob_item : ((PyTupleObject *)value)->ob_item, *few[MANY];
    Py_ssize_t total = Py_SIZE(value);
    const unsigned char *name = is_list ? LIST_NAME : TUPLE_NAME;
    size_t name_size = is_list ? sizeof LIST_NAME - 1 : sizeof TUPLE_NAME - 1, count_at;
    if (depth <= 0 || walk->nodes <= 0) return put_named(walk->to, 2, TOO_DEEP, name, name_size);
    Py_ssize_t count = Py_MIN(total, walk->encoder->max_items), shown;
    if (total >= MANY && (count < MANY || may_be_kept(items, count))) return OTHER;
    int is_flat = all_plain(items, count);
    if (!is_flat) {
        if (is_inside(walk, value)) return put_named(walk->to, 2, CYCLE, name, name_size);
        if (go_inside(walk, value) < 0) return OTHER;
    }
    if (put_head(walk->to, is_list ? '[' : '(', &count_at) < 0) return FAILED;
    if (is_flat) return put_each(walk, items, count, total, depth - 1, count_at, &shown);
    PyObject **held = room_for(few, count);
    if (held == NULL) return FAILED;
    memcpy(held, items, (size_t)count * sizeof *held);
    hold(held, count);
    Outcome outcome = put_each(walk, held, count, total, depth - 1, count_at, &shown);
    let_go(held, count);
    free_room(few, held);
    walk->inside--;
    return outcome;
}

static const unsigned char SET_NAME[] = "u\x0C\0\0\0" "builtins:set";
static const unsigned char FROZEN_SET_NAME[] = "u\x12\0\0\0" "builtins:frozenset";

/* What a set holds, or an instance of a class made from one, of which the name is given. */
static Outcome
put_elements(Walk *walk, PyObject *value, Py_ssize_t depth, const unsigned char *name, size_t name_size)
{
    const PySetObject *set = (PySetObject *)value;
    Py_ssize_t count = Py_MIN(set->used, walk->encoder->max_items), number = 0, shown;
    PyObject *few[MANY], **items = room_for(few, count);
    if (items == NULL) return FAILED;
    size_t count_at;
    int is_flat = 1;
    for (Py_ssize_t at = 0; number < count && at <= set->mask; at++) {
        const setentry *entry = &set->table[at];
        if (entry->key == NULL || entry->hash == -1) continue; /* -1: of one that is gone */
        is_flat = is_flat && is_plain(entry->key);
        items[number++] = entry->key;
    }
    Outcome outcome = put_named(walk->to, 3, SEQUENCE, name, name_size);
    if (outcome == DONE && put_head(walk->to, '[', &count_at) < 0) outcome = FAILED;
    if (outcome == DONE) {
        Py_ssize_t total = set->used;
        if (!is_flat) hold(items, number);
        outcome = put_each(walk, items, number, total, depth - 1, count_at, &shown);
        if (!is_flat) let_go(items, number);
    }
    free_room(few, items);
    return outcome;
}

static Outcome
put_set(Walk *walk, PyObject *value, Py_ssize_t depth)
{
    int is_frozen = PyFrozenSet_CheckExact(value);
    const unsigned char *name = is_frozen ? FROZEN_SET_NAME : SET_NAME;
    size_t name_size = is_frozen ? sizeof FROZEN_SET_NAME - 1 : sizeof SET_NAME - 1;
    if (depth <= 0 || walk->nodes <= 0) return put_named(walk->to, 2, TOO_DEEP, name, name_size);
    return put_elements(walk, value, depth, name, name_size);
}

/* Whether all keys of a dict are known to be shown, if they are the names of anything. */
static int
is_shown(Encoder *encoder, PyObject *key)
{
    if (encoder->allowed == NULL) return 1;
    if (PyUnicode_CheckExact(key)) return PySet_Contains(encoder->allowed, key);
    return !PyUnicode_Check(key) && !PyBytes_Check(key);
}

/* Whether a dict holds what `_ct_tables.py` never knows to be unchanged. */
static int
is_no_table(Encoder *encoder, PyObject *const *items, Py_ssize_t count)
{
    for (Py_ssize_t n = 0; n < count; n++) {
        PyTypeObject *type = Py_TYPE(items[n]);
        if (type == &PyList_Type || type == &PySet_Type || type == &PyFrozenSet_Type || find_class(encoder, type)) return 1;
    }
    return 0;
}

/*
 * What a dict holds, or an instance of a class made from one, of which the name is given. `may_be_known`: it may be one that
 * the agent's Python code knows to be unchanged.
 */
static Outcome
put_pairs(Walk *walk, PyObject *value, Py_ssize_t depth, const unsigned char *name, size_t name_size, int may_be_known)
{
    Py_ssize_t total = PyDict_GET_SIZE(value), most = 2 * Py_MIN(total, walk->encoder->max_items);
    Py_ssize_t at = 0, count = 0, shown;
    PyObject *few[MANY], **items = room_for(few, most), *key, *item;
    if (items == NULL) return FAILED;
    few[0] = NULL; /* compilers ask for it */
    Outcome outcome = DONE;
    while (outcome == DONE && count < most && PyDict_Next(value, &at, &key, &item)) {
        int is_allowed = is_shown(walk->encoder, key);
        if (is_allowed <= 0) outcome = is_allowed < 0 ? FAILED : OTHER;
        items[count++] = key;
        items[count++] = item;
    }
    if (outcome != DONE) goto done;
    if (may_be_known) {
        outcome = OTHER;
        if (may_be_kept(items, count) || (2 * total > count && !is_no_table(walk->encoder, items, count))) goto done;
    }
    int is_flat = all_plain(items, count);
    size_t count_at, latest;
    outcome = put_named(walk->to, 3, MAPPING, name, name_size);
    if (outcome != DONE) goto done;
    if (put_head(walk->to, '[', &count_at) < 0) {
        outcome = FAILED;
        goto done;
    }
    if (!is_flat) hold(items, count);
    outcome = put_items(walk, items, count, depth - 1, &shown, &latest);
    if (!is_flat) let_go(items, count);
    if (outcome != DONE) goto done;
    if (shown % 2 != 0) { /* there was no room for its value */
        walk->to->length = latest;
        shown--;
    }
    if (2 * total > shown) {
        outcome = put_more(walk->to, total - shown / 2);
        shown++;
    }
    set_u32(walk->to, count_at, (uint32_t)shown);
done:
    free_room(few, items);
    return outcome;
}

static Outcome
put_dict(Walk *walk, PyObject *value, Py_ssize_t depth)
{
    if (depth <= 0 || walk->nodes <= 0) return put_named(walk->to, 2, TOO_DEEP, DICT_NAME, sizeof DICT_NAME - 1);
    if (is_inside(walk, value)) return put_named(walk->to, 2, CYCLE, DICT_NAME, sizeof DICT_NAME - 1);
    if (go_inside(walk, value) < 0) return OTHER;
    Outcome outcome = put_pairs(walk, value, depth, DICT_NAME, sizeof DICT_NAME - 1, 1);
    walk->inside--;
    return outcome;
}

/* What a slot of an instance holds; NULL for nothing. Borrowed. */
static inline PyObject *
slot_of(PyObject *value, const Slot *slot)
{
    return *(PyObject **)((char *)value + slot->offset);
}

/*
 * Takes note of the names of an instance's attributes, in its dict (or NULL) and its slots, and whether they are all shown.
 * `most`: so many there are at most.
 */
static Outcome
learn_attributes(Walk *walk, Class *known, PyObject *value, PyObject *attributes, Py_ssize_t most)
{
    forget_attributes(known);
    if (most > known->attribute_room) {
        PyObject **room = PyMem_RawRealloc(known->attributes, (size_t)most * sizeof(PyObject *));
        if (room == NULL) {
            PyErr_NoMemory();
            return FAILED;
        }
        known->attributes = room;
        known->attribute_room = most;
    }
    Buffer names = {.bytes = known->names, .room = known->names_room};
    Outcome outcome = DONE;
    Py_ssize_t at = 0, number = 0, slot = 0;
    PyObject *name, *item;
    while (outcome == DONE && number < most) {
        if (attributes == NULL || !PyDict_Next(attributes, &at, &name, &item)) {
            attributes = NULL;
            if (slot == known->slot_count) break;
            name = known->slots[slot].name;
            if (slot_of(value, &known->slots[slot++]) == NULL) continue;
        }
        if (!PyUnicode_CheckExact(name) || PyUnicode_GET_LENGTH(name) > SHORT_TEXT) outcome = OTHER;
        else {
            int shown = is_shown(walk->encoder, name);
            if (shown <= 0) outcome = shown < 0 ? FAILED : OTHER;
            else outcome = put_text(&names, name);
        }
        if (outcome == DONE) known->attributes[number++] = Py_NewRef(name);
    }
    known->names = names.bytes;
    known->names_room = names.room;
    known->names_size = outcome == DONE ? names.length : 0;
    known->attribute_count = number;
    if (outcome != DONE) forget_attributes(known);
    return outcome;
}

/* Whether an attribute has the name that the one in its place had in the instance looked at last. */
static inline int
is_expected(const Class *known, Py_ssize_t number, PyObject *name)
{
    return number < known->attribute_count && known->attributes[number] == name;
}

/* How many bytes the first `count` of these names take. */
static size_t
size_of_names(const unsigned char *names, Py_ssize_t count)
{
    size_t at = 0;
    for (; count > 0; count--) {
        const unsigned char *size = names + at + 1;
        at += 5 + (size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24);
    }
    return at;
}

/* The dict of an instance's attributes, held, as the interpreter's own descriptor of `__dict__` has it; NULL: it has none. */
static Outcome
take_dict(const Class *known, PyObject *value, PyObject **attributes)
{
    *attributes = NULL;
    if (!known->has_dict) return DONE;
    *attributes = PyObject_GenericGetDict(value, NULL);
    if (*attributes != NULL) return DONE;
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) return FAILED;
    PyErr_Clear();
    return OTHER;
}

/* An instance that is shown by what its dict and its slots hold. */
static Outcome
put_object(Walk *walk, Class *known, PyObject *value, Py_ssize_t depth)
{
    Buffer *to = walk->to;
    PyObject *attributes;
    Outcome outcome = take_dict(known, value, &attributes);
    if (outcome != DONE) return outcome;
    outcome = OTHER;
    PyObject *few[MANY], **items = few;
    Py_ssize_t most = known->slot_count, at = 0, count = 0, shown;
    if (attributes != NULL) {
        if (!PyDict_CheckExact(attributes) || PyDict_GET_SIZE(attributes) > walk->encoder->max_items) goto done;
        most += PyDict_GET_SIZE(attributes);
    }
    items = room_for(few, most);
    if (items == NULL) {
        items = few;
        outcome = FAILED;
        goto done;
    }
    PyObject *name, *item;
    int is_known = 1;
    while (attributes != NULL && PyDict_Next(attributes, &at, &name, &item)) {
        is_known = is_known && is_expected(known, count, name);
        items[count++] = item;
    }
    for (Py_ssize_t n = 0; n < known->slot_count; n++) {
        item = slot_of(value, &known->slots[n]);
        if (item == NULL) continue;
        is_known = is_known && is_expected(known, count, known->slots[n].name);
        items[count++] = item;
    }
    int is_flat = all_plain(items, count);
    if (!is_known || count != known->attribute_count) {
        outcome = learn_attributes(walk, known, value, attributes, most);
        if (outcome != DONE) goto done;
    }
    outcome = OTHER;
    if (!is_flat && go_inside(walk, value) < 0) goto done;
    size_t count_at, name_size = known->name_size, names_at;
    if (ensure(to, MARK_ROOM + name_size + 5 + known->names_size + 5) < 0) {
        outcome = FAILED;
        goto done;
    }
    put_mark(to, 4, STRUCT);
    memcpy(to->bytes + to->length, known->name, name_size);
    to->length += name_size;
    put_byte(to, '(');
    put_u32(to, (uint32_t)count);
    names_at = to->length;
    if (known->names_size > 0) memcpy(to->bytes + names_at, known->names, known->names_size);
    to->length += known->names_size;
    size_t names_end = to->length;
    put_byte(to, '[');
    count_at = to->length;
    put_u32(to, 0);
    if (!is_flat) hold(items, count);
    outcome = put_each(walk, items, count, count, depth - 1, count_at, &shown);
    if (!is_flat) {
        let_go(items, count);
        walk->inside--;
    }
    /*
     * What stands for those left out has no name of its own. An instance of the same class among the attributes may have
     * had others, which are known now: so the names are taken from where they are.
     */
    if (outcome == DONE && shown < count) {
        size_t kept = size_of_names(to->bytes + names_at, shown);
        memmove(to->bytes + names_at + kept, to->bytes + names_end, to->length - names_end);
        to->length -= names_end - names_at - kept;
        set_u32(to, names_at - 4, (uint32_t)shown);
    }
done:
    free_room(few, items);
    Py_XDECREF(attributes);
    return outcome;
}

/* An instance of a class made from a set or a dict; OTHER where it has attributes as well. */
static Outcome
put_made_from(Walk *walk, Class *known, PyObject *value, Py_ssize_t depth)
{
    for (Py_ssize_t n = 0; n < known->slot_count; n++) {
        if (slot_of(value, &known->slots[n]) != NULL) return OTHER;
    }
    PyObject *attributes;
    Outcome outcome = take_dict(known, value, &attributes);
    if (outcome != DONE) return outcome;
    if (attributes != NULL) {
        int has_some = !PyDict_CheckExact(attributes) || PyDict_GET_SIZE(attributes) > 0;
        Py_DECREF(attributes);
        if (has_some) return OTHER;
    }
    if (go_inside(walk, value) < 0) return OTHER;
    outcome = known->made_from == OF_SET ? put_elements(walk, value, depth, known->name, known->name_size) :
        put_pairs(walk, value, depth, known->name, known->name_size, 0);
    walk->inside--;
    return outcome;
}

static Outcome
put_instance(Walk *walk, Class *known, PyObject *value, Py_ssize_t depth)
{
    if (depth <= 0 || walk->nodes <= 0) return put_named(walk->to, 2, TOO_DEEP, known->name, known->name_size);
    if (is_inside(walk, value)) return put_named(walk->to, 2, CYCLE, known->name, known->name_size);
    if (known->slot_count > 0 && !finds_slots(known)) return OTHER;
    return known->made_from == OF_OBJECT ? put_object(walk, known, value, depth) : put_made_from(walk, known, value, depth);
}

/* Names of types that go without their module in what is shown, in marshal's form. */
static const unsigned char GENERATOR_NAME[] = "u\x12\0\0\0" "builtins:generator";
static const unsigned char COROUTINE_NAME[] = "u\x12\0\0\0" "builtins:coroutine";

/* A generator or coroutine, as `code_with_a_name` of `_ct_library.py` shows it. */
static Outcome
put_generator(Walk *walk, PyObject *value)
{
    int is_coroutine = PyCoro_CheckExact(value);
    PyObject *name = ((PyGenObject *)value)->gi_qualname;
    if (name == NULL || !PyUnicode_CheckExact(name)) return OTHER;
    const unsigned char *type = is_coroutine ? COROUTINE_NAME : GENERATOR_NAME;
    Buffer *to = walk->to;
    Outcome outcome = put_named(to, 3, RAW, type, sizeof GENERATOR_NAME - 1);
    if (outcome != DONE) return outcome;
    size_t at = to->length;
    outcome = put_text(to, name);
    /* "<generator " and ">" around it, which makes twelve more bytes of a text. */
    if (outcome != DONE) return outcome;
    if (ensure(to, 12) < 0) return FAILED;
    size_t size = to->length - at - 5;
    unsigned char *text = to->bytes + at + 5;
    memmove(text + 11, text, size);
    memcpy(text, is_coroutine ? "<coroutine " : "<generator ", 11);
    text[11 + size] = '>';
    to->length += 12;
    set_u32(to, at + 1, (uint32_t)(size + 12));
    return DONE;
}

/* Any value but a plain one. `price`: what looking at it costs, unless it is described. */
static Outcome
put_value(Walk *walk, PyObject *value, Py_ssize_t depth, int price)
{
    Encoder *encoder = walk->encoder;
    Buffer *to = walk->to;
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyList_Type || type == &PyTuple_Type) {
        walk->nodes -= price;
        return put_sequence(walk, value, depth, type == &PyList_Type);
    }
    if (type == &PyDict_Type) {
        walk->nodes -= price;
        return put_dict(walk, value, depth);
    }
    Class *known = find_class(encoder, type);
    if (known != NULL) {
        if (!has_same_bases(known)) return OTHER;
        walk->nodes -= price;
        return put_instance(walk, known, value, depth);
    }
    if (type == &PyUnicode_Type) {
        walk->nodes -= price;
        return put_known(walk, encoder->texts, value, 1);
    }
    if (type == &PyBytes_Type) {
        walk->nodes -= price;
        size_t size = (size_t)PyBytes_GET_SIZE(value);
        if (PyBytes_GET_SIZE(value) > encoder->max_bytes || size > LONGEST_RECORD) return OTHER;
        if (ensure(to, 5 + size) < 0) return FAILED;
        put_byte(to, 's');
        put_u32(to, (uint32_t)size);
        memcpy(to->bytes + to->length, PyBytes_AS_STRING(value), size);
        to->length += size;
        return DONE;
    }
    if (type == &PySet_Type || type == &PyFrozenSet_Type) {
        walk->nodes -= price;
        return put_set(walk, value, depth);
    }
    if (type == &PyGen_Type || type == &PyCoro_Type) {
        walk->nodes -= price;
        return put_generator(walk, value);
    }
    return put_known(walk, encoder->described, value, 0);
}

/* -- the encoder, and what its records go to ------------------------------------------------------------------------ */

typedef struct {
    PyObject_HEAD
    PyObject *sink; /* list of one: writes a record, or raises ValueError where it does not fit */
    PyObject *advance; /* (record) writes it where there is room again */
    PyObject *write; /* (record) both, where `sink` holds Python code */
    PyObject *define_site; /* (layout, line, kinds) -> its number, which the recorder knows then */
    uint64_t home_thread;
} Output;

static PyTypeObject Output_Type, Encoder_Type, Line_Type, Code_Type, Observer_Type;

static PyObject *
new_output(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"sink", "advance", "write", "define_site", "home_thread", NULL};
    PyObject *sink, *advance, *write, *define_site;
    unsigned long long home_thread;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!OOOK", names, &PyList_Type, &sink, &advance, &write,
                                     &define_site, &home_thread)) {
        return NULL;
    }
    Output *self = (Output *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->sink = Py_NewRef(sink);
    self->advance = Py_NewRef(advance);
    self->write = Py_NewRef(write);
    self->define_site = Py_NewRef(define_site);
    self->home_thread = home_thread;
    return (PyObject *)self;
}

/* Garbage collection finds its way through these objects; dicts and functions are where it breaks the cycles. */
static int
visit_output(PyObject *object, visitproc visit, void *arg)
{
    Output *self = (Output *)object;
    Py_VISIT(self->sink);
    Py_VISIT(self->advance);
    Py_VISIT(self->write);
    Py_VISIT(self->define_site);
    return 0;
}

static void
free_output(PyObject *object)
{
    Output *self = (Output *)object;
    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->sink);
    Py_XDECREF(self->advance);
    Py_XDECREF(self->write);
    Py_XDECREF(self->define_site);
    Py_TYPE(object)->tp_free(object);
}

/* Hands a record over. -1 with an exception, which may be the program's: Python code of the agent's may have run. */
static int
write_record(Output *output, const Buffer *record)
{
    PyObject *data = PyBytes_FromStringAndSize((const char *)record->bytes, (Py_ssize_t)record->length);
    if (data == NULL) return -1;
    PyObject *write = Py_XNewRef(PyList_GET_SIZE(output->sink) > 0 ? PyList_GET_ITEM(output->sink, 0) : output->write);
    PyObject *result;
    if (!PyCFunction_CheckExact(write)) result = PyObject_CallOneArg(output->write, data);
    else {
        result = PyObject_CallOneArg(write, data);
        /* It is C code that works on memory: the exception is its own. */
        if (result == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
            PyErr_Clear();
            result = PyObject_CallOneArg(output->advance, data);
        }
    }
    Py_DECREF(write);
    Py_DECREF(data);
    if (result == NULL) return -1;
    Py_DECREF(result);
    return 0;
}

static PyObject *
new_encoder(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"described", "texts", "allowed", "new_walk", "fallback", "max_items", "max_bytes",
                            "max_depth", NULL};
    PyObject *described, *texts, *allowed, *new_walk, *fallback;
    Py_ssize_t max_items, max_bytes, max_depth;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!O!OOOnnn", names, &PyDict_Type, &described, &PyDict_Type,
                                     &texts, &allowed, &new_walk, &fallback, &max_items, &max_bytes, &max_depth)) {
        return NULL;
    }
    if (allowed != Py_None && !PyAnySet_CheckExact(allowed)) {
        PyErr_SetString(PyExc_TypeError, "allowed must be a set, or None");
        return NULL;
    }
    Encoder *self = (Encoder *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->described = Py_NewRef(described);
    self->texts = Py_NewRef(texts);
    self->allowed = allowed == Py_None ? NULL : Py_NewRef(allowed);
    self->new_walk = Py_NewRef(new_walk);
    self->fallback = Py_NewRef(fallback);
    self->max_items = max_items;
    self->max_bytes = max_bytes;
    self->max_depth = max_depth;
    return (PyObject *)self;
}

static int
visit_encoder(PyObject *object, visitproc visit, void *arg)
{
    Encoder *self = (Encoder *)object;
    Py_VISIT(self->described);
    Py_VISIT(self->texts);
    Py_VISIT(self->allowed);
    Py_VISIT(self->new_walk);
    Py_VISIT(self->fallback);
    Py_VISIT(self->kept_tables);
    Py_VISIT(self->agree);
    return 0;
}

static void
free_encoder(PyObject *object)
{
    Encoder *self = (Encoder *)object;
    PyObject_GC_UnTrack(object);
    for (size_t n = 0; n < self->class_places; n++) {
        if (self->classes[n].type != GONE) free_class(&self->classes[n]);
    }
    PyMem_RawFree(self->classes);
    Py_XDECREF(self->described);
    Py_XDECREF(self->texts);
    Py_XDECREF(self->allowed);
    Py_XDECREF(self->new_walk);
    Py_XDECREF(self->fallback);
    Py_XDECREF(self->kept_tables);
    Py_XDECREF(self->agree);
    Py_TYPE(object)->tp_free(object);
}

PyDoc_STRVAR(
    show_doc,
    "show(cls, name, made_from, has_dict, slots)\n\n"
    "Instances of `cls` are shown as of that name, by what their dicts hold if `has_dict`, and by `slots`: a tuple of names, "
    "each with the place of its class among the bases of `cls` behind it. `made_from`: 0 an object, 1 a set, 2 a dict.");

static PyObject *
encoder_show(PyObject *object, PyObject *arguments)
{
    Encoder *self = (Encoder *)object;
    PyObject *type, *name, *slots;
    int made_from, has_dict;
    if (!PyArg_ParseTuple(arguments, "O!UipO!", &PyType_Type, &type, &name, &made_from, &has_dict, &PyTuple_Type, &slots)) {
        return NULL;
    }
    forget_class(self, (PyTypeObject *)type);
    PyObject *mro = ((PyTypeObject *)type)->tp_mro;
    if (mro == NULL) Py_RETURN_NONE;
    Class made = {
        .type = (PyTypeObject *)type,
        .made_from = made_from,
        .has_dict = has_dict,
        .base_count = PyTuple_GET_SIZE(mro),
    };
    size_t size = (size_t)made.base_count * sizeof(PyObject *);
    Buffer encoded = {0};
    made.bases = PyMem_RawMalloc(size);
    made.slots = PyMem_RawCalloc((size_t)PyTuple_GET_SIZE(slots) + 1, sizeof(Slot));
    if (made.bases == NULL || made.slots == NULL || make_class_room(self) < 0) PyErr_NoMemory();
    else if (put_text(&encoded, name) == DONE) {
        memcpy(made.bases, ((PyTupleObject *)mro)->ob_item, size);
        made.name = encoded.bytes;
        made.name_size = encoded.length;
        for (Py_ssize_t n = 0; n + 1 < PyTuple_GET_SIZE(slots); n += 2) {
            Slot *slot = &made.slots[made.slot_count];
            slot->base = PyLong_AsSsize_t(PyTuple_GET_ITEM(slots, n + 1));
            if (slot->base < 0 || slot->base >= made.base_count) {
                if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "no such base");
                free_class(&made);
                return NULL;
            }
            slot->name = Py_NewRef(PyTuple_GET_ITEM(slots, n));
            made.slot_count++;
        }
        size_t at = place_of((PyTypeObject *)type, self->class_places);
        while (self->classes[at].type != NULL) at = (at + 1) & (self->class_places - 1);
        self->classes[at] = made;
        self->class_count++;
        Py_RETURN_NONE;
    }
    PyMem_RawFree(made.bases);
    PyMem_RawFree(made.slots);
    PyMem_RawFree(encoded.bytes);
    return NULL;
}

PyDoc_STRVAR(keep_doc, "keep(tables, agree)\n\nWhat `_ct_kept.py` knows of containers, and how it brings that up to date.");

static PyObject *
encoder_keep(PyObject *object, PyObject *arguments)
{
    Encoder *self = (Encoder *)object;
    PyObject *tables, *agree;
    if (!PyArg_ParseTuple(arguments, "O!O", &PyDict_Type, &tables, &agree)) return NULL;
    if (self->kept_tables == NULL) {
        self->kept_tables = Py_NewRef(tables);
        self->agree = Py_NewRef(agree);
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(forget_doc, "forget(address)\n\nThe class that had this id is gone, or shown in another way.");

static PyObject *
encoder_forget(PyObject *object, PyObject *address)
{
    Encoder *self = (Encoder *)object;
    void *type = PyLong_AsVoidPtr(address);
    if (type == NULL && PyErr_Occurred()) return NULL;
    if (type != NULL) forget_class(self, type);
    Py_RETURN_NONE;
}

static PyMethodDef encoder_methods[] = {
    {"show", encoder_show, METH_VARARGS, show_doc},
    {"forget", encoder_forget, METH_O, forget_doc},
    {"keep", encoder_keep, METH_VARARGS, keep_doc},
    {NULL},
};

/* -- code objects --------------------------------------------------------------------------------------------------- */

/* What is known of a code object. It is not held; the agent forgets this together with what it knows itself. */
typedef struct {
    PyObject_HEAD
    Encoder *encoder;
    PyObject *lines; /* dict: line -> (what tells it, …) */
    PyObject *globals; /* tuple of names: where they turn from code into data, or back, layouts change */
    PyObject *steady; /* tuple: the ids of their types; NULL: not known */
    int32_t number;
    char hides_returned; /* what is returned is not shown */
    char tells_calls; /* nothing is left to be done at a call but to tell it */
} Code;

/* Whether the globals that a code object names are still of the kinds that its layouts are for. */
static int
is_steady(const Code *code, const _PyInterpreterFrame *frame)
{
    Py_ssize_t count = PyTuple_GET_SIZE(code->globals);
    if (count == 0) return 1;
    if (code->steady == NULL || !PyDict_CheckExact(frame->f_globals)) return 0;
    /* A key of the program's own may be compared with the name, by code that has this replaced. */
    PyObject *steady = Py_NewRef(code->steady);
    int is_steady = 1;
    for (Py_ssize_t n = 0; is_steady == 1 && n < count; n++) {
        PyObject *value = PyDict_GetItemWithError(frame->f_globals, PyTuple_GET_ITEM(code->globals, n));
        if (value == NULL && PyErr_Occurred()) is_steady = -1;
        else {
            /* Where there is none the agent notes the type of a class. */
            PyTypeObject *type = value == NULL ? &PyType_Type : Py_TYPE(value);
            is_steady = PyLong_AsVoidPtr(PyTuple_GET_ITEM(steady, n)) == (void *)type;
        }
    }
    Py_DECREF(steady);
    return is_steady;
}

/* -- lines ---------------------------------------------------------------------------------------------------------- */

/* What is done with a variable of a frame's. */
enum { UNBOUND, SHOWN, NOT_SHOWN, OF_NO_MATTER };

/* The kinds of the values that packed records of a line hold, and the site that stands for them. */
typedef struct {
    char kinds[MOST_PACKED];
    uint32_t number;
} Site;

/* One of the sets of variables that a line was met with. */
typedef struct {
    int users; /* the line, and whoever tells one by it: it may be replaced meanwhile */
    int32_t layout;
    /* By the place in the frame's array, what is done with it; behind that, the places of those shown, in order. */
    unsigned char *uses;
    uint16_t *places;
    int local_count, value_count;
    PyObject *globals; /* tuple of names: the first of them are shown, the rest have to be there */
    PyObject *absent; /* tuple of names that must not be globals */
    Site sites[MOST_SITES];
    int site_count;
} Variant;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Code *code;
    Output *output;
    const PyCodeObject *of; /* not held: only compared */
    int32_t line;
    char enters; /* it tells of a call as well */
    int width; /* variables of the code, in a frame's array */
    PyObject *names; /* tuple: theirs */
    unsigned char *kinds; /* theirs: local, cell, free */
    Variant *variants[MOST_VARIANTS];
    int variant_count, latest;
} Line;

static void
leave_variant(Variant *variant)
{
    if (--variant->users > 0) return;
    PyMem_RawFree(variant->uses);
    PyMem_RawFree(variant->places);
    Py_XDECREF(variant->globals);
    Py_XDECREF(variant->absent);
    PyMem_RawFree(variant);
}

static inline _PyInterpreterFrame *
inner_frame(PyObject *frame)
{
    return ((PyFrameObject *)frame)->f_frame;
}

/* A place in a frame's array, and what it refers to; NULL for nothing. Borrowed. */
#if PY_VERSION_HEX >= 0x030E0000
typedef _PyStackRef Place;

static inline PyObject *
held_at(Place place)
{
    return PyStackRef_IsNull(place) ? NULL : PyStackRef_AsPyObjectBorrow(place);
}
#else
typedef PyObject *Place;

static inline PyObject *
held_at(Place place)
{
    return place;
}
#endif

static inline PyObject *
code_of(const _PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    return held_at(frame->f_executable);
#else
    return (PyObject *)frame->f_code;
#endif
}

/* What a variable holds; NULL for nothing. Borrowed. */
static inline PyObject *
variable(const Line *line, const Place *variables, int place)
{
    PyObject *value = held_at(variables[place]);
    /* A variable of a comprehension may stand in the place of a cell of the same name. */
    if (line->kinds[place] & (CO_FAST_CELL | CO_FAST_FREE) && value != NULL && PyCell_Check(value)) {
        return PyCell_GET(value);
    }
    return value;
}

static int
fits(const Line *line, const Variant *variant, const Place *variables)
{
    for (int place = 0; place < line->width; place++) {
        int use = variant->uses[place];
        if (use != OF_NO_MATTER && (variable(line, variables, place) != NULL) != (use != UNBOUND)) return 0;
    }
    return 1;
}

/*
 * Takes the values of a line, of which references are held. DONE: there are so many as the variant shows. OTHER: globals
 * have come or gone.
 */
static Outcome
take_values(const Line *line, const Variant *variant, _PyInterpreterFrame *frame, PyObject **values)
{
    for (int n = 0; n < variant->local_count; n++) {
        values[n] = Py_NewRef(variable(line, frame->localsplus, variant->places[n]));
    }
    int taken = variant->local_count;
    Outcome outcome = DONE;
    Py_ssize_t globals = PyTuple_GET_SIZE(variant->globals), absent = PyTuple_GET_SIZE(variant->absent);
    if (globals == 0 && absent == 0) return DONE;
    if (!PyDict_CheckExact(frame->f_globals)) outcome = OTHER;
    for (Py_ssize_t n = 0; outcome == DONE && n < globals; n++) {
        PyObject *value = PyDict_GetItemWithError(frame->f_globals, PyTuple_GET_ITEM(variant->globals, n));
        if (value == NULL) outcome = PyErr_Occurred() ? FAILED : OTHER;
        else if (taken < variant->value_count) values[taken++] = Py_NewRef(value);
    }
    for (Py_ssize_t n = 0; outcome == DONE && n < absent; n++) {
        int found = PyDict_Contains(frame->f_globals, PyTuple_GET_ITEM(variant->absent, n));
        if (found != 0) outcome = found < 0 ? FAILED : OTHER;
    }
    if (outcome != DONE) let_go(values, taken);
    return outcome;
}

/* The letter of a value that packed records can hold; 0 for all others. `number`: of an int. */
static inline char
letter_of(PyObject *value, int64_t *number)
{
    if (PyLong_CheckExact(value)) {
        int overflow;
        *number = PyLong_AsLongLongAndOverflow(value, &overflow);
        return overflow == 0 ? 'i' : 0;
    }
    if (value == Py_None) return 'n';
    if (PyFloat_CheckExact(value)) return 'f';
    if (PyBool_Check(value)) return 'b';
    return 0;
}

/* The site of a line with values of these kinds. OTHER: it has too many. `is_new`: other code may have run. */
static Outcome
find_site(Line *line, Variant *variant, const char *kinds, uint32_t *number, int *is_new)
{
    size_t count = (size_t)variant->value_count;
    for (int n = 0; n < variant->site_count; n++) {
        if (memcmp(variant->sites[n].kinds, kinds, count) == 0) {
            *number = variant->sites[n].number;
            return DONE;
        }
    }
    if (variant->site_count == MOST_SITES) return OTHER;
    *is_new = 1;
    PyObject *made = PyObject_CallFunction(line->output->define_site, "iis#", variant->layout, line->line, kinds,
                                           (Py_ssize_t)count);
    if (made == NULL) return FAILED;
    unsigned long defined = PyLong_AsUnsignedLong(made);
    Py_DECREF(made);
    if (defined == (unsigned long)-1 && PyErr_Occurred()) return FAILED;
    *number = (uint32_t)defined;
    /* Another thread may have been here meanwhile. */
    if (variant->site_count < MOST_SITES) {
        Site *site = &variant->sites[variant->site_count++];
        memcpy(site->kinds, kinds, count);
        site->number = *number;
    }
    return DONE;
}

static inline int64_t
thread_number(const Output *output)
{
    return (int64_t)((uint64_t)PyThread_get_thread_ident() - output->home_thread);
}

/* An attribute of one of the agent's objects that holds a small number. */
static int
number_of(PyObject *object, PyObject *name, long *number)
{
    PyObject *found = PyObject_GetAttr(object, name);
    if (found == NULL) return -1;
    *number = PyLong_CheckExact(found) ? PyLong_AsLong(found) : -1;
    Py_DECREF(found);
    return *number == -1 && PyErr_Occurred() ? -1 : 0;
}

/* What the agent knows of a container, held; NULL, perhaps with an exception, for nothing. */
static PyObject *
known_container(Encoder *encoder, PyObject *value)
{
    PyObject *thread = PyLong_FromUnsignedLong(PyThread_get_thread_ident()), *table, *known, *found = NULL;
    if (thread == NULL) return NULL;
    table = Py_XNewRef(PyDict_GetItemWithError(encoder->kept_tables, thread));
    Py_DECREF(thread);
    if (table == NULL) return NULL;
    known = PyObject_GetAttr(table, KNOWN);
    if (known != NULL && PyDict_CheckExact(known)) found = Py_XNewRef(by_address(known, value));
    Py_XDECREF(known);
    Py_DECREF(table);
    return found;
}

/* Whether the elements that are known of a container, which holds so many that are shown, are its present ones. */
static int
is_same(PyObject *known, PyObject *value, Py_ssize_t shown)
{
    PyObject *items = PyObject_GetAttr(known, ITEMS);
    if (items == NULL) return -1;
    int same = PyTuple_CheckExact(items) && PyTuple_GET_SIZE(items) == shown &&
        memcmp(((PyTupleObject *)items)->ob_item,
               PyList_CheckExact(value) ? ((PyListObject *)value)->ob_item : ((PyTupleObject *)value)->ob_item,
               (size_t)shown * sizeof(PyObject *)) == 0;
    Py_DECREF(items);
    return same;
}

/* What refers to a large list or tuple that the recorder has, alone in its record. OTHER: it doesn't. */
static Outcome
find_kept(Encoder *encoder, PyObject *value, uint32_t *slot, uint32_t *version)
{
    if (encoder->kept_tables == NULL) return OTHER;
    PyObject *known = known_container(encoder, value);
    if (known == NULL) return PyErr_Occurred() ? FAILED : OTHER;
    Py_ssize_t size = Py_SIZE(value), shown = Py_MIN(size, encoder->max_items);
    long kind, total, tuples, number, latest;
    Outcome outcome = FAILED;
    int kind_now = PyTuple_CheckExact(value);
    if (number_of(known, KIND, &kind) < 0 || number_of(known, TOTAL, &total) < 0) goto done;
    int same = kind == kind_now && total == size ? is_same(known, value, shown) : 0;
    if (same < 0) goto done;
    if (!same) {
        PyObject *agreed = PyObject_CallFunction(encoder->agree, "Oi", value, kind_now);
        if (agreed == NULL) goto done;
        int is_kept = agreed == known;
        Py_DECREF(agreed);
        if (!is_kept) {
            outcome = OTHER;
            goto done;
        }
    }
    if (number_of(known, TUPLES, &tuples) < 0 || number_of(known, SLOT, &number) < 0 ||
        number_of(known, VERSION, &latest) < 0) {
        goto done;
    }
    /* More of them are not shown as they are. */
    outcome = tuples <= (encoder->max_depth > 1 ? NODES - 1 : 0) ? DONE : OTHER;
    *slot = (uint32_t)number;
    *version = (uint32_t)latest;
done:
    Py_DECREF(known);
    return outcome;
}

/* The record of a line all of whose values are numbers or None, but for one container that is kept. */
static Outcome
pack(Line *line, Variant *variant, PyObject *const *values, Buffer *to)
{
    char kinds[MOST_PACKED];
    int64_t numbers[MOST_PACKED];
    int count = variant->value_count, kept = -1;
    if (count > MOST_PACKED) return OTHER;
    for (int n = 0; n < count; n++) {
        PyObject *value = values[n];
        kinds[n] = letter_of(value, &numbers[n]);
        if (kinds[n] != 0) continue;
        if (kept >= 0 || !(PyList_CheckExact(value) || PyTuple_CheckExact(value)) || Py_SIZE(value) < MANY) return OTHER;
        kinds[n] = 'k';
        kept = n;
    }
    uint32_t site, slot = 0, version = 0;
    if (kept >= 0) {
        Outcome outcome = find_kept(line->code->encoder, values[kept], &slot, &version);
        if (outcome != DONE) return outcome;
    }
    int is_new = 0;
    Outcome outcome = find_site(line, variant, kinds, &site, &is_new);
    if (outcome != DONE) return outcome;
    /* What the recorder has of the container may be another version by now. */
    if (kept >= 0 && is_new) return OTHER;
    if (ensure(to, 1 + 4 + 8 + 8 * MOST_PACKED + 8 + 1) < 0) return FAILED;
    put_byte(to, PACKED_LINE);
    put_u32(to, site);
    put_u64(to, (uint64_t)thread_number(line->output));
    for (int n = 0; n < count; n++) {
        switch (kinds[n]) {
        case 'i': put_u64(to, (uint64_t)numbers[n]); break;
        case 'f': put_float(to, PyFloat_AS_DOUBLE(values[n])); break;
        case 'k': break;
        default: put_byte(to, values[n] == Py_True);
        }
    }
    if (kept >= 0) {
        put_u32(to, slot);
        put_u32(to, version);
    }
    put_byte(to, END);
    return DONE;
}

/* One value; what can't be looked at here is looked at by the agent's Python code, for which `walk` is made once. */
static Outcome
put_top(Encoder *encoder, PyObject *value, Buffer *to, PyObject **walk, int tables)
{
    Walk here = {.encoder = encoder, .to = to, .python = walk, .nodes = NODES};
    if (tables && PyDict_CheckExact(value) && PyDict_GET_SIZE(value) >= FEW) {
        return put_in_python(&here, value, encoder->max_depth, 0);
    }
    size_t start = to->length;
    Outcome outcome = is_plain(value) ? put_plain(&here, value) : put_value(&here, value, encoder->max_depth, 0);
    if (outcome != OTHER) return outcome;
    to->length = start;
    here.nodes = NODES;
    here.inside = 0;
    return put_in_python(&here, value, encoder->max_depth, 0);
}

/* The record of any line that shows `count` values. OTHER: it is too long. `tables`: dicts are the agent's Python code's to look at. */
static Outcome
put_values(Encoder *encoder, const Output *output, int32_t layout, int32_t line, PyObject *const *values, Py_ssize_t count,
           int tables, Buffer *to)
{
    if (ensure(to, 5 + 2 * INT_ROOM + LONG_ROOM) < 0) return FAILED;
    put_byte(to, '(');
    put_u32(to, (uint32_t)(3 + count + 1));
    put_int(to, layout);
    put_int(to, line);
    put_int64(to, thread_number(output));
    PyObject *walk = NULL;
    Outcome outcome = DONE;
    for (Py_ssize_t n = 0; outcome == DONE && n < count; n++) {
        outcome = put_top(encoder, values[n], to, &walk, tables);
        if (outcome == DONE && to->length >= LONGEST_RECORD) outcome = OTHER;
    }
    Py_XDECREF(walk);
    if (outcome != DONE) return outcome;
    if (ensure(to, 1) < 0) return FAILED;
    put_byte(to, 'N');
    return DONE;
}

/*
 * Tells the line that a frame is at. OTHER: it is the agent's Python code's to tell; `is_known`: whether it has the
 * variables of one that can be told here.
 */
static Outcome
tell_frame(Line *line, _PyInterpreterFrame *frame, int *is_known)
{
    *is_known = 0;
#if PY_VERSION_HEX >= 0x030D0000
    /* What a debugger has added. */
    if (frame->frame_obj != NULL && frame->frame_obj->f_extra_locals != NULL) return OTHER;
#endif
    if (line->enters) {
        int steady = is_steady(line->code, frame);
        if (steady <= 0) return steady < 0 ? FAILED : OTHER;
    }
    int known = line->latest;
    if (known >= line->variant_count || !fits(line, line->variants[known], frame->localsplus)) {
        for (known = 0; known < line->variant_count; known++) {
            if (fits(line, line->variants[known], frame->localsplus)) break;
        }
        if (known == line->variant_count) return OTHER;
        line->latest = known;
    }
    Variant *variant = line->variants[known];
    variant->users++;
    PyObject *values[MOST_VALUES];
    Outcome outcome = take_values(line, variant, frame, values);
    if (outcome != DONE) {
        leave_variant(variant);
        return outcome;
    }
    *is_known = 1;
    Buffer record = take_buffer();
    outcome = pack(line, variant, values, &record);
    if (outcome == OTHER) {
        outcome = put_values(line->code->encoder, line->output, variant->layout, line->line, values, variant->value_count, 0,
                             &record);
    }
    if (outcome == DONE && write_record(line->output, &record) < 0) outcome = FAILED;
    give_back(&record);
    /* Another thread may have set a variable to something else meanwhile. */
    let_go(values, variant->value_count);
    leave_variant(variant);
    return outcome;
}

PyDoc_STRVAR(
    tell_doc,
    "tell(encoder, layout, line, values)\n\n"
    "Tells a line whose values the agent has taken. False: the record would be too long.");

static PyObject *
output_tell(PyObject *object, PyObject *arguments)
{
    Output *self = (Output *)object;
    PyObject *encoder, *values;
    int layout, line;
    if (!PyArg_ParseTuple(arguments, "O!iiO!", &Encoder_Type, &encoder, &layout, &line, &PyTuple_Type, &values)) return NULL;
    Buffer record = take_buffer();
    Outcome outcome = put_values((Encoder *)encoder, self, layout, line, ((PyTupleObject *)values)->ob_item,
                                 PyTuple_GET_SIZE(values), 1, &record);
    if (outcome == DONE && write_record(self, &record) < 0) outcome = FAILED;
    give_back(&record);
    return outcome == FAILED ? NULL : PyBool_FromLong(outcome == DONE);
}

static PyMethodDef output_methods[] = {
    {"tell", output_tell, METH_VARARGS, tell_doc},
    {NULL},
};

/* True: told. False: to be told in the way that the agent knows. None: the variables are others than those it knows. */
static PyObject *
tell(PyObject *object, PyObject *const *arguments, size_t count, PyObject *keywords)
{
    if (PyVectorcall_NARGS(count) != 1 || keywords != NULL || !PyFrame_Check(arguments[0])) {
        PyErr_SetString(PyExc_TypeError, "a line takes a frame");
        return NULL;
    }
    _PyInterpreterFrame *frame = inner_frame(arguments[0]);
    if (code_of(frame) != (PyObject *)((Line *)object)->of) Py_RETURN_NONE;
    int is_known;
    Outcome outcome = tell_frame((Line *)object, frame, &is_known);
    if (outcome == FAILED) return NULL;
    if (!is_known) Py_RETURN_NONE;
    return PyBool_FromLong(outcome == DONE);
}

static PyObject *
new_line(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"output", "known", "code", "line", "enters", NULL};
    PyObject *output, *known, *code;
    int number, enters;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!O!O!ip", names, &Output_Type, &output, &Code_Type, &known,
                                     &PyCode_Type, &code, &number, &enters)) {
        return NULL;
    }
    PyCodeObject *of = (PyCodeObject *)code;
    Line *self = (Line *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->call = tell;
    self->code = (Code *)Py_NewRef(known);
    self->output = (Output *)Py_NewRef(output);
    self->of = of;
    self->line = number;
    self->enters = (char)enters;
    self->width = of->co_nlocalsplus;
    self->names = Py_NewRef(of->co_localsplusnames);
    self->kinds = PyMem_RawMalloc((size_t)self->width + 1);
    if (self->kinds == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    memcpy(self->kinds, PyBytes_AS_STRING(of->co_localspluskinds), (size_t)self->width);
    return (PyObject *)self;
}

static int
visit_line(PyObject *object, visitproc visit, void *arg)
{
    Line *self = (Line *)object;
    Py_VISIT(self->code);
    Py_VISIT(self->output);
    return 0;
}

static void
free_line(PyObject *object)
{
    Line *self = (Line *)object;
    PyObject_GC_UnTrack(object);
    for (int n = 0; n < self->variant_count; n++) leave_variant(self->variants[n]);
    PyMem_RawFree(self->kinds);
    Py_XDECREF(self->names);
    Py_XDECREF(self->code);
    Py_XDECREF(self->output);
    Py_TYPE(object)->tp_free(object);
}

/* The place of a variable; -1 for none, and for two: a comprehension's may be called as one of a function around it. */
static int
place_of_name(const Line *line, PyObject *name)
{
    int found = -1;
    for (int place = 0; place < line->width; place++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(line->names, place), name) != 0) continue;
        if (found >= 0) return -1;
        found = place;
    }
    return found;
}

/* Marks the variables of these names; -1 where one is no variable, or one that is marked. */
static int
mark_uses(Line *line, Variant *variant, PyObject *names, int use)
{
    for (Py_ssize_t n = 0; n < PyTuple_GET_SIZE(names); n++) {
        int place = place_of_name(line, PyTuple_GET_ITEM(names, n));
        if (place < 0 || variant->uses[place] != UNBOUND) return -1;
        variant->uses[place] = (unsigned char)use;
        if (use == SHOWN) variant->places[n] = (uint16_t)place;
    }
    return 0;
}

PyDoc_STRVAR(
    add_doc,
    "add(layout, shown, hidden, globals, globals_shown, absent)\n\n"
    "Whether the line can be told when it shows these variables and the first of these globals, as this layout has them. The\n"
    "hidden variables and the rest of the globals have to be there, the absent ones must not be.");

static PyObject *
line_add(PyObject *object, PyObject *arguments)
{
    Line *self = (Line *)object;
    PyObject *shown, *hidden, *globals, *absent;
    int layout, globals_shown;
    if (!PyArg_ParseTuple(arguments, "iO!O!O!iO!", &layout, &PyTuple_Type, &shown, &PyTuple_Type, &hidden, &PyTuple_Type,
                          &globals, &globals_shown, &PyTuple_Type, &absent)) {
        return NULL;
    }
    Py_ssize_t locals = PyTuple_GET_SIZE(shown);
    if (self->variant_count == MOST_VARIANTS || self->width > UINT16_MAX || locals > MOST_VALUES || globals_shown < 0 ||
        locals + globals_shown > MOST_VALUES || globals_shown > PyTuple_GET_SIZE(globals)) {
        Py_RETURN_FALSE;
    }
    Variant *made = PyMem_RawCalloc(1, sizeof *made);
    if (made == NULL) return PyErr_NoMemory();
    made->users = 1;
    made->layout = layout;
    made->local_count = (int)locals;
    made->value_count = (int)locals + globals_shown;
    made->uses = PyMem_RawCalloc((size_t)self->width + 1, 1);
    made->places = PyMem_RawCalloc((size_t)locals + 1, sizeof(uint16_t));
    made->globals = Py_NewRef(globals);
    made->absent = Py_NewRef(absent);
    if (made->uses == NULL || made->places == NULL) {
        leave_variant(made);
        return PyErr_NoMemory();
    }
    int can = mark_uses(self, made, shown, SHOWN) == 0 && mark_uses(self, made, hidden, NOT_SHOWN) == 0;
    for (int place = 0; can && place < self->width; place++) {
        PyObject *name = PyTuple_GET_ITEM(self->names, place);
        /* Those are set aside while a comprehension runs, by which the interpreter tells them apart. */
        if (self->kinds[place] & CO_FAST_HIDDEN) can = 0;
        /* What the interpreter names by itself, `.0`, is shown nowhere. */
        if (PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) == '.') made->uses[place] = OF_NO_MATTER;
    }
    if (!can) {
        leave_variant(made);
        Py_RETURN_FALSE;
    }
    for (int n = 0; n < self->variant_count; n++) {
        Variant *other = self->variants[n];
        if (memcmp(other->uses, made->uses, (size_t)self->width) != 0) continue;
        /* These variables were known, and that was not enough: globals come and go. */
        self->variants[n] = made;
        self->latest = n;
        leave_variant(other);
        Py_RETURN_TRUE;
    }
    self->variants[self->variant_count] = made;
    self->latest = self->variant_count++;
    Py_RETURN_TRUE;
}

static PyMethodDef line_methods[] = {
    {"add", line_add, METH_VARARGS, add_doc},
    {NULL},
};


/* -- events --------------------------------------------------------------------------------------------------------- */

/* Callbacks for `sys.monitoring`. What they can't do they have the agent's own do. */
typedef struct {
    PyObject_HEAD
    Output *output;
    PyObject *codes; /* dict: id of a code object -> Code */
    PyObject *recorded; /* dict: ids of all code objects that are recorded */
    PyObject *own_folder; /* what the names of the agent's own files begin with */
    PyObject *handling; /* dict: ids of frames that have an exception on its way */
    PyObject *on_line, *on_return, *on_yield, *on_start, *on_resume, *on_raise, *on_unwind; /* the agent's own callbacks */
    PyObject *on_failure; /* (exception) -> whether to tell it again, where it is none of the program's */
    PyObject *latest_code; /* which told something last; held */
    Code *latest;
} Observer;

/* The frame that an event is of. */
static inline _PyInterpreterFrame *
running_frame(void)
{
    PyThreadState *state = PyThreadState_GET();
#if PY_VERSION_HEX >= 0x030D0000
    _PyInterpreterFrame *frame = state->current_frame;
#else
    _PyInterpreterFrame *frame = state->cframe->current_frame;
#endif
    return _PyFrame_GetFirstComplete(frame);
}

/* Whether the agent has to look where in the frame an exception is. -1 with an exception. */
static inline int
is_handling(const Observer *observer, const _PyInterpreterFrame *frame)
{
    if (PyDict_GET_SIZE(observer->handling) == 0 || frame->frame_obj == NULL) return 0;
    return has_address(observer->handling, frame->frame_obj);
}

/* What is known of a code object; NULL, mostly without an exception, for nothing. Borrowed: whoever lets other code run holds it. */
static Code *
find_code(Observer *observer, PyObject *code)
{
    if (observer->latest_code == code) return observer->latest;
    PyObject *found = by_address(observer->codes, code);
    if (found == NULL || !Py_IS_TYPE(found, &Code_Type)) return NULL;
    PyObject *before = observer->latest_code;
    Code *known_before = observer->latest;
    observer->latest_code = Py_NewRef(code);
    observer->latest = (Code *)Py_NewRef(found);
    Py_XDECREF(known_before);
    Py_XDECREF(before);
    return (Code *)found;
}

/* What is known of the code object of an event, as above, and the frame that it is of. NULL also where they don't belong together. */
static Code *
event_of(Observer *observer, PyObject *code, _PyInterpreterFrame **frame)
{
    *frame = running_frame();
    Code *known = find_code(observer, code);
    return known == NULL || *frame == NULL || code_of(*frame) != code ? NULL : known;
}

/* The agent's own callback, which does all from the beginning. */
static PyObject *
leave_to(PyObject *callback, PyObject *const *arguments, Py_ssize_t count)
{
    PyErr_Clear();
    return PyObject_Vectorcall(callback, arguments, (size_t)count, NULL);
}

/* After a failure: a lack of memory may be over for the agent's own callback; all else it is asked about. True: again. */
static PyObject *
fail(Observer *observer, PyObject *callback, PyObject *const *arguments, Py_ssize_t count)
{
    PyObject *exception = PyErr_GetRaisedException(), *result;
    if (exception == NULL || (Py_IS_TYPE(exception, (PyTypeObject *)PyExc_MemoryError) &&
                              ((PyBaseExceptionObject *)exception)->traceback == NULL)) {
        result = leave_to(callback, arguments, count);
    }
    else {
        result = PyObject_CallOneArg(observer->on_failure, exception);
        if (result == Py_True) {
            Py_DECREF(result);
            result = leave_to(callback, arguments, count);
        }
    }
    Py_XDECREF(exception);
    return result;
}

static PyObject *
observe_line(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    if (count != 2) return leave_to(self->on_line, arguments, count);
    _PyInterpreterFrame *frame;
    Code *code = event_of(self, arguments[0], &frame);
    if (code == NULL || is_handling(self, frame) != 0) return leave_to(self->on_line, arguments, count);
    PyObject *known = PyDict_GetItemWithError(code->lines, arguments[1]);
    if (known == NULL || !PyTuple_CheckExact(known) || PyTuple_GET_SIZE(known) == 0 ||
        !Py_IS_TYPE(PyTuple_GET_ITEM(known, 0), &Line_Type)) {
        return leave_to(self->on_line, arguments, count);
    }
    Line *line = (Line *)PyTuple_GET_ITEM(known, 0);
    int is_known;
    Py_INCREF(line);
    Outcome outcome = tell_frame(line, frame, &is_known);
    Py_DECREF(line);
    if (outcome == DONE) Py_RETURN_NONE;
    if (outcome == OTHER) return leave_to(self->on_line, arguments, count);
    return fail(self, self->on_line, arguments, count);
}

/* The record of what a call returns or yields. */
static Outcome
put_leaving(const Observer *observer, const Code *code, int is_yield, PyObject *value, Buffer *to)
{
    int64_t thread = thread_number(observer->output), number;
    if (ensure(to, 1 + 4 + 8 + 8 + 1 + 5 + 2 * INT_ROOM + LONG_ROOM) < 0) return FAILED;
    char letter = letter_of(value, &number);
    if (letter == 'n' || letter == 'i') {
        int kind = letter == 'n' ? PACKED_RETURN_NONE : PACKED_RETURN;
        put_byte(to, (unsigned char)(kind + is_yield));
        put_u32(to, (uint32_t)code->number);
        put_u64(to, (uint64_t)thread);
        if (letter == 'i') put_u64(to, (uint64_t)number);
        put_byte(to, END);
        return DONE;
    }
    if (PyLong_CheckExact(value)) return OTHER; /* the widest ones are shown in part */
    put_byte(to, '(');
    put_u32(to, 5);
    put_int(to, is_yield ? YIELD : RETURN);
    put_int(to, code->number);
    put_int64(to, thread);
    PyObject *walk = NULL;
    Outcome outcome = put_top(code->encoder, value, to, &walk, 0);
    Py_XDECREF(walk);
    if (outcome != DONE) return outcome;
    if (to->length >= LONGEST_RECORD) return OTHER;
    if (ensure(to, 1) < 0) return FAILED;
    put_byte(to, 'N');
    return DONE;
}

static PyObject *
observe_leaving(Observer *self, PyObject *callback, int is_yield, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 3) return leave_to(callback, arguments, count);
    _PyInterpreterFrame *frame;
    Code *code = event_of(self, arguments[0], &frame);
    if (code == NULL || code->hides_returned || is_handling(self, frame) != 0) {
        return leave_to(callback, arguments, count);
    }
    Py_INCREF(code);
    Buffer record = take_buffer();
    Outcome outcome = put_leaving(self, code, is_yield, arguments[2], &record);
    if (outcome == DONE && write_record(self->output, &record) < 0) outcome = FAILED;
    give_back(&record);
    Py_DECREF(code);
    if (outcome == DONE) Py_RETURN_NONE;
    if (outcome == OTHER) return leave_to(callback, arguments, count);
    return fail(self, callback, arguments, count);
}

static PyObject *
observe_return(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    return observe_leaving(self, self->on_return, 0, arguments, count);
}

static PyObject *
observe_yield(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    return observe_leaving(self, self->on_yield, 1, arguments, count);
}

static PyObject *
observe_entry(Observer *self, PyObject *callback, int32_t kind, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 2) return leave_to(callback, arguments, count);
    _PyInterpreterFrame *frame;
    Code *code = event_of(self, arguments[0], &frame);
    if (code == NULL || (kind == CALL && !code->tells_calls) || is_steady(code, frame) <= 0) {
        return leave_to(callback, arguments, count);
    }
    Buffer record = take_buffer();
    Outcome outcome = FAILED;
    if (ensure(&record, 5 + 2 * INT_ROOM + LONG_ROOM + 1) == 0) {
        put_byte(&record, '(');
        put_u32(&record, 4);
        put_int(&record, kind);
        put_int(&record, code->number);
        put_int64(&record, thread_number(self->output));
        put_byte(&record, 'N');
        outcome = write_record(self->output, &record) < 0 ? FAILED : DONE;
    }
    give_back(&record);
    if (outcome == DONE) Py_RETURN_NONE;
    return fail(self, callback, arguments, count);
}

static PyObject *
observe_start(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    return observe_entry(self, self->on_start, CALL, arguments, count);
}

static PyObject *
observe_resume(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    return observe_entry(self, self->on_resume, RESUME, arguments, count);
}

/* Whether the traceback of an exception goes on, behind the frame that it is in, with one of the agent's own. */
static int
is_of_agent(const Observer *observer, PyObject *exception)
{
    if (!PyExceptionInstance_Check(exception)) return 1;
    PyObject *traceback = ((PyBaseExceptionObject *)exception)->traceback;
    if (traceback == NULL || !PyTraceBack_Check(traceback)) return 0;
    PyTracebackObject *inner = ((PyTracebackObject *)traceback)->tb_next;
    if (inner == NULL) return 0;
    PyObject *code = code_of(inner->tb_frame->f_frame);
    if (!PyCode_Check(code)) return 1;
    return PyUnicode_Tailmatch(((PyCodeObject *)code)->co_filename, observer->own_folder, 0, PY_SSIZE_T_MAX, -1) != 0;
}

/* These two come for all code there is. */
static PyObject *
observe_raise(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    if (count != 3 || has_address(self->recorded, arguments[0]) != 0 || is_of_agent(self, arguments[2])) {
        return leave_to(self->on_raise, arguments, count);
    }
    Py_RETURN_NONE;
}

static PyObject *
observe_unwind(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Observer *self = (Observer *)object;
    if (count != 3 || has_address(self->recorded, arguments[0]) != 0) return leave_to(self->on_unwind, arguments, count);
    Py_RETURN_NONE;
}

static PyObject *
observer_let_go(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    Observer *self = (Observer *)object;
    Code *latest = self->latest;
    PyObject *code = self->latest_code;
    self->latest = NULL;
    self->latest_code = NULL;
    Py_XDECREF(latest);
    Py_XDECREF(code);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(let_go_doc, "let_go()\n\nHolds no code object of the program's any more, until the next event.");

static PyMethodDef observer_methods[] = {
    {"line", _PyCFunction_CAST(observe_line), METH_FASTCALL, NULL},
    {"leave", _PyCFunction_CAST(observe_return), METH_FASTCALL, NULL},
    {"suspend", _PyCFunction_CAST(observe_yield), METH_FASTCALL, NULL},
    {"start", _PyCFunction_CAST(observe_start), METH_FASTCALL, NULL},
    {"resume", _PyCFunction_CAST(observe_resume), METH_FASTCALL, NULL},
    {"fail", _PyCFunction_CAST(observe_raise), METH_FASTCALL, NULL},
    {"unwind", _PyCFunction_CAST(observe_unwind), METH_FASTCALL, NULL},
    {"let_go", observer_let_go, METH_NOARGS, let_go_doc},
    {NULL},
};

static PyObject *
new_observer(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"output", "codes", "recorded", "own_folder", "handling", "on_line", "on_return", "on_yield",
                            "on_start", "on_resume", "on_raise", "on_unwind", "on_failure", NULL};
    PyObject *output, *codes, *recorded, *own_folder, *handling;
    PyObject *on_line, *on_return, *on_yield, *on_start, *on_resume, *on_raise, *on_unwind, *on_failure;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!O!O!UO!OOOOOOOO", names, &Output_Type, &output, &PyDict_Type,
                                     &codes, &PyDict_Type, &recorded, &own_folder, &PyDict_Type, &handling, &on_line,
                                     &on_return, &on_yield, &on_start, &on_resume, &on_raise, &on_unwind, &on_failure)) {
        return NULL;
    }
    Observer *self = (Observer *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->output = (Output *)Py_NewRef(output);
    self->codes = Py_NewRef(codes);
    self->recorded = Py_NewRef(recorded);
    self->own_folder = Py_NewRef(own_folder);
    self->handling = Py_NewRef(handling);
    self->on_line = Py_NewRef(on_line);
    self->on_return = Py_NewRef(on_return);
    self->on_yield = Py_NewRef(on_yield);
    self->on_start = Py_NewRef(on_start);
    self->on_resume = Py_NewRef(on_resume);
    self->on_raise = Py_NewRef(on_raise);
    self->on_unwind = Py_NewRef(on_unwind);
    self->on_failure = Py_NewRef(on_failure);
    return (PyObject *)self;
}

static int
visit_observer(PyObject *object, visitproc visit, void *arg)
{
    Observer *self = (Observer *)object;
    Py_VISIT(self->latest_code);
    Py_VISIT(self->latest);
    Py_VISIT(self->output);
    Py_VISIT(self->codes);
    Py_VISIT(self->recorded);
    Py_VISIT(self->handling);
    Py_VISIT(self->on_line);
    Py_VISIT(self->on_return);
    Py_VISIT(self->on_yield);
    Py_VISIT(self->on_start);
    Py_VISIT(self->on_resume);
    Py_VISIT(self->on_raise);
    Py_VISIT(self->on_unwind);
    Py_VISIT(self->on_failure);
    return 0;
}

static void
free_observer(PyObject *object)
{
    Observer *self = (Observer *)object;
    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->latest_code);
    Py_XDECREF(self->latest);
    Py_XDECREF(self->output);
    Py_XDECREF(self->codes);
    Py_XDECREF(self->recorded);
    Py_XDECREF(self->own_folder);
    Py_XDECREF(self->handling);
    Py_XDECREF(self->on_line);
    Py_XDECREF(self->on_return);
    Py_XDECREF(self->on_yield);
    Py_XDECREF(self->on_start);
    Py_XDECREF(self->on_resume);
    Py_XDECREF(self->on_raise);
    Py_XDECREF(self->on_unwind);
    Py_XDECREF(self->on_failure);
    Py_TYPE(object)->tp_free(object);
}

static PyObject *
new_code(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"encoder", "number", "lines", "globals", "hides_returned", NULL};
    PyObject *encoder, *lines, *globals;
    int number, hides_returned;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!iO!O!p", names, &Encoder_Type, &encoder, &number,
                                     &PyDict_Type, &lines, &PyTuple_Type, &globals, &hides_returned)) {
        return NULL;
    }
    Code *self = (Code *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->encoder = (Encoder *)Py_NewRef(encoder);
    self->number = number;
    self->lines = Py_NewRef(lines);
    self->globals = Py_NewRef(globals);
    self->hides_returned = (char)hides_returned;
    return (PyObject *)self;
}

static int
visit_code(PyObject *object, visitproc visit, void *arg)
{
    Code *self = (Code *)object;
    Py_VISIT(self->encoder);
    Py_VISIT(self->lines);
    Py_VISIT(self->globals);
    Py_VISIT(self->steady);
    return 0;
}

static void
free_code(PyObject *object)
{
    Code *self = (Code *)object;
    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->encoder);
    Py_XDECREF(self->lines);
    Py_XDECREF(self->globals);
    Py_XDECREF(self->steady);
    Py_TYPE(object)->tp_free(object);
}

PyDoc_STRVAR(
    variables_doc,
    "variables()\n\nThe caller's code, globals and {name: what it holds}, as lines find them, for the agent to see that they are found.");

static PyObject *
variables(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    _PyInterpreterFrame *frame = running_frame();
    if (frame == NULL || !PyCode_Check(code_of(frame))) Py_RETURN_NONE;
    PyCodeObject *code = (PyCodeObject *)code_of(frame);
    Line line = {.kinds = (unsigned char *)PyBytes_AS_STRING(code->co_localspluskinds)};
    PyObject *found = PyDict_New();
    if (found == NULL) return NULL;
    for (int place = 0; place < code->co_nlocalsplus; place++) {
        PyObject *value = variable(&line, frame->localsplus, place);
        if (value != NULL && PyDict_SetItem(found, PyTuple_GET_ITEM(code->co_localsplusnames, place), value) < 0) {
            Py_DECREF(found);
            return NULL;
        }
    }
    return Py_BuildValue("(OON)", code, frame->f_globals, found);
}

PyDoc_STRVAR(settle_doc, "settle(steady, tells_calls)\n\nThe ids of the types of its globals, or None; whether calls need but be told.");

static PyObject *
code_settle(PyObject *object, PyObject *arguments)
{
    Code *self = (Code *)object;
    PyObject *steady;
    int tells_calls;
    if (!PyArg_ParseTuple(arguments, "Op", &steady, &tells_calls)) return NULL;
    int fits = steady == Py_None ||
        (PyTuple_CheckExact(steady) && PyTuple_GET_SIZE(steady) == PyTuple_GET_SIZE(self->globals));
    for (Py_ssize_t n = 0; fits && steady != Py_None && n < PyTuple_GET_SIZE(steady); n++) {
        fits = PyLong_CheckExact(PyTuple_GET_ITEM(steady, n));
    }
    if (!fits) {
        PyErr_SetString(PyExc_TypeError, "steady must be None, or as many ids as there are globals");
        return NULL;
    }
    PyObject *before = self->steady;
    self->steady = steady == Py_None ? NULL : Py_NewRef(steady);
    self->tells_calls = (char)tells_calls;
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

static PyMethodDef code_methods[] = {
    {"settle", code_settle, METH_VARARGS, settle_doc},
    {NULL},
};

/* -- the module ----------------------------------------------------------------------------------------------------- */

static PyTypeObject Output_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_ct_native.Output",
    .tp_basicsize = sizeof(Output),
    .tp_dealloc = free_output,
    .tp_traverse = visit_output,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = output_methods,
    .tp_new = new_output,
};

static PyTypeObject Encoder_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_ct_native.Encoder",
    .tp_basicsize = sizeof(Encoder),
    .tp_dealloc = free_encoder,
    .tp_traverse = visit_encoder,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = encoder_methods,
    .tp_new = new_encoder,
};

static PyTypeObject Line_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_ct_native.Line",
    .tp_basicsize = sizeof(Line),
    .tp_dealloc = free_line,
    .tp_traverse = visit_line,
    .tp_vectorcall_offset = offsetof(Line, call),
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_methods = line_methods,
    .tp_new = new_line,
};

static PyTypeObject Code_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_ct_native.Code",
    .tp_basicsize = sizeof(Code),
    .tp_dealloc = free_code,
    .tp_traverse = visit_code,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = code_methods,
    .tp_new = new_code,
};

static PyTypeObject Observer_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_ct_native.Observer",
    .tp_basicsize = sizeof(Observer),
    .tp_dealloc = free_observer,
    .tp_traverse = visit_observer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = observer_methods,
    .tp_new = new_observer,
};

/* Of what the agent calls: another one is of another release. */
enum { INTERFACE = 3 };

static int
fill_module(PyObject *module)
{
    if ((Py_Version ^ PY_VERSION_HEX) >> 16 != 0) {
        PyErr_SetString(PyExc_ImportError, "for another version of Python");
        return -1;
    }
    struct {
        PyObject **name;
        const char *text;
    } names[] = {
        {&NODES_NAME, "nodes"}, {&PATH_NAME, "path"}, {&KNOWN, "known"}, {&KIND, "kind"}, {&ITEMS, "items"},
        {&TOTAL, "total"}, {&TUPLES, "tuples"}, {&SLOT, "slot"}, {&VERSION, "version"},
    };
    for (size_t n = 0; n < Py_ARRAY_LENGTH(names); n++) {
        *names[n].name = PyUnicode_InternFromString(names[n].text);
        if (*names[n].name == NULL) return -1;
    }
    PyTypeObject *types[] = {&Output_Type, &Encoder_Type, &Line_Type, &Code_Type, &Observer_Type};
    for (size_t n = 0; n < Py_ARRAY_LENGTH(types); n++) {
        if (PyModule_AddType(module, types[n]) < 0) return -1;
    }
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, fill_module},
    {0, NULL},
};

static PyMethodDef functions[] = {
    {"variables", variables, METH_NOARGS, variables_doc},
    {NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_ct_native",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__ct_native(void)
{
    return PyModuleDef_Init(&definition);
}
