// The first script of “Server prüfen”. The media code lies beside chunks, so what loads it must be one.
import("./trial").then(({ begin }) => begin());
