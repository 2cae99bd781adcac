package function

import "net/http"

// securityHeaders stand on every answer of every function, whoever wrote it and whatever went wrong: an answer is no page,
// so nothing in it may load, run or be framed (OWASP REST Security Cheat Sheet). The function that shows pages says what
// its pages may do.
var securityHeaders = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Referrer-Policy":              "no-referrer", // an address may name a contract
	"Cross-Origin-Resource-Policy": "same-origin",
}

func secure(h http.Header) {
	for name, value := range securityHeaders {
		h.Set(name, value)
	}
}
