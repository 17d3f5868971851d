"""What the peers' scripts share: reading the edits, counting memory, and the commands

    SCRIPT merge OPS CACHE     everything merged once in a process of its own; prints one line of JSON
    SCRIPT wire OPS CACHE      bytes of the edits as that system sends them, raw and compressed

OPS is a file of JSON lines as `syncbench ops` writes it. CACHE is a folder where each system's encoded edits are kept: they
are made once, as its own replicas would make them, and only the merge is timed.

A system is an object with `name`, `version`, build(units) -> [bytes], one for each replica; merge(blobs) -> document;
read(document) -> {register: [values]}.
"""
import hashlib
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time


def read_units(path):
    """Edits by unit, in causal order."""
    units = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            edit = json.loads(line)
            units.setdefault(edit["unit"], []).append(edit)
    return units


def register(edit):
    return f'{edit["unit"]}/{edit["item"]}/{edit["field"]}'


def pairs(edits):
    """For each edit: 1 the first of a concurrent pair, 2 the second, else 0."""
    kinds = [0] * len(edits)
    for i in range(len(edits) - 1):
        first, second = edits[i], edits[i + 1]
        if (not kinds[i] and first["replica"] != second["replica"] and register(first) == register(second)
                and second["context"].get(first["replica"], 0) < first["seq"]):
            kinds[i], kinds[i + 1] = 1, 2
    return kinds


def standing(units):
    """What must stand in the end: by register the values that nobody who had seen them replaced."""
    found = {}
    for edits in units.values():
        for edit in edits:
            key, seen = register(edit), edit["context"]
            left = [v for v in found.get(key, ()) if seen.get(v[0], 0) < v[1]]
            found[key] = left + [(edit["replica"], edit["seq"], edit["value"])]
    return {key: {str(v[2]) for v in values} for key, values in found.items()}


def memory(field):
    with open("/proc/self/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def plain(value):
    return str(int(value)) if isinstance(value, (int, float)) else str(value)


def compressed(path):
    """By the same programs that compress ours."""
    sizes = {}
    for name, command in (("gzip", ["gzip", "-6", "-n", "-c"]), ("zstd", ["zstd", "-3", "-q", "-c"])):
        try:
            sizes[name] = len(subprocess.run(command + [path], capture_output=True, check=True).stdout)
        except FileNotFoundError:
            pass
    return sizes


def main(system):
    work, ops, cache = sys.argv[1:4]
    folder = f"{cache}/peers"
    os.makedirs(folder, exist_ok=True)
    with open(ops, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    blob_path = f"{folder}/{system.name}-{system.version}-{digest}.pickle"
    if not os.path.exists(blob_path):
        # In a process of its own: what building leaves in memory is not the merge's.
        if work != "build":
            subprocess.run([sys.executable, sys.argv[0], "build", ops, cache], check=True)
        else:
            units = read_units(ops)
            with open(blob_path + ".unfinished", "wb") as file:
                pickle.dump((sum(map(len, units.values())), system.build(units)), file, protocol=5)
            os.rename(blob_path + ".unfinished", blob_path)
    if work == "build":
        return
    with open(blob_path, "rb") as file:
        count, blobs = pickle.load(file)
    values = {"entries": count, "bytesPerEntry": sum(map(len, blobs)) / count}
    if work == "merge":
        values["baseBytes"] = memory("VmRSS")
        start, processor = time.perf_counter(), time.process_time()
        document = system.merge(blobs)
        values["seconds"], values["cpuSeconds"] = time.perf_counter() - start, time.process_time() - processor
        values["peakBytes"] = memory("VmHWM")
        values["entriesPerSecond"] = count / values["seconds"]
        values["entriesPerCPUSecond"] = count / values["cpuSeconds"]
        check(system.read(document), standing(read_units(ops)), system.keeps_both)
    elif work == "wire":
        with tempfile.NamedTemporaryFile() as file:
            for blob in blobs:
                file.write(blob)
            file.flush()
            for name, size in compressed(file.name).items():
                values[f"{name}PerEntry"] = size / count
    else:
        sys.exit(f"{sys.argv[0]}: unknown work {work}")
    print(json.dumps({"values": values, "notes": [f"{system.name} {system.version}"]}))


def check(found, expected, keeps_both):
    """A register that shows something that should not stand spoils the figure."""
    wrong = 0
    for key, values in expected.items():
        shown = {plain(v) for v in found.get(key, ())}
        if not shown or not shown <= {plain(v) for v in values} or (keeps_both and shown != {plain(v) for v in values}):
            wrong += 1
    if wrong:
        sys.exit(f"{wrong} of {len(expected)} registers show something else")
