"""The process of PySpark: first a line with the tables of functions, operations and actions, then a program a line; answers a line.

The tables are Python expressions out of functions.ts, operations.ts and actions.ts, evaluated here with the names below.
"""
import json, math, os, shutil, struct, sys, tempfile
from pyspark import SparkConf, SparkContext, StorageLevel

MODULUS = 1_000_003


def text(v, exact=False):
    if v is None:
        return "null"
    if isinstance(v, str):
        return json.dumps(v)
    if isinstance(v, tuple):
        return "[" + ",".join([text(e, exact) for e in v]) + "]"
    if exact and v == 0 and math.copysign(1, v) < 0:
        return "-0"
    if v == int(v) and abs(v) < 2**53:
        return str(int(v))
    return "f" + struct.pack(">d", float(v)).hex()


def weigh(v):
    weight = 7
    for unit in text(v):
        weight = (weight * 31 + ord(unit)) % MODULUS
    return weight


def by_text(values):
    return tuple(sorted(values, key=text))


def rounded(value):
    return text(math.floor(value * 997.13 + 0.123))


def refuse(v):
    if weigh(v) % 20 == 0:
        raise ValueError("refused")
    return v


def checkpointed(rdd, local):
    if local:
        rdd.localCheckpoint()
    else:
        rdd.checkpoint()
    return rdd


def accumulated(rdd):
    seen, total = sc.accumulator(0), sc.accumulator(0)

    def each(v):
        seen.add(1)
        total.add(weigh(v))

    rdd.foreach(each)
    rdd.foreachPartition(lambda vs: [total.add(weigh(v)) for v in vs] and None)
    return [text(seen.value), text(total.value)]


def value_of(j):
    if isinstance(j, list):
        return tuple(value_of(e) for e in j)
    if isinstance(j, dict):
        return float(j["number"])
    if isinstance(j, int) and abs(j) >= 2**53:
        return float(j)
    return j


def evaluate(expression, **names):
    # As globals, so that lambdas see them and take them along to the workers.
    return eval(expression, {**tools, **names})


def given(options):
    return {
        name: functions[option] if name == "f" else value_of(option) if name == "value" else option
        for name, option in options.items()
    }


def made(step, rdds):
    if step["op"] == "source":
        return sc.parallelize([value_of(r) for r in step["records"]], step["slices"])
    inputs = [rdds[i] for i in step["of"]]
    return evaluate(tables["operations"][step["op"]], a=inputs[0], b=inputs[-1], **given(step["options"]))


def answered(step, rdds):
    try:
        answer = evaluate(tables["actions"][step["action"]], a=rdds[step["of"]], **given(step["options"]))
    except Exception as error:
        message = str(error)
        known = [word for word in ("refused", "empty") if word in message]
        return {"error": known[0] if known else message}
    return sorted(answer) if step["sort"] else answer


def performed(program):
    rdds = []
    for step in program["steps"]:
        rdds.append(made(step, rdds))
    answers = [answered(step, rdds) for step in program["actions"]]
    for rdd in rdds:
        if rdd.is_cached:
            rdd.unpersist()
    return answers


directory = tempfile.mkdtemp(prefix="dstreams-fuzz-")
conf = SparkConf().setMaster("local[2]").setAppName("fuzz").set("spark.ui.enabled", "false")
# Otherwise a batch of the serializer holds 10 records at first, and nothing random ever fills one.
sc = SparkContext(conf=conf)
try:
    sc.setLogLevel("OFF")
    sc.setCheckpointDir(directory)
    tools = {
        "sc": sc, "StorageLevel": StorageLevel, "text": text, "weigh": weigh, "by_text": by_text, "rounded": rounded,
        "refuse": refuse, "checkpointed": checkpointed, "accumulated": accumulated,
    }
    tables = json.loads(sys.stdin.readline())
    functions = {name: evaluate(expression) for name, expression in tables["functions"].items()}
    for line in sys.stdin:
        try:
            answers = performed(json.loads(line))
        except Exception as error:
            answers = {"error": repr(error)}
        sys.stdout.write(json.dumps(answers) + "\n")
        sys.stdout.flush()
finally:
    sc.stop()
    shutil.rmtree(directory, ignore_errors=True)
