package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// checkLifetime requires that a token names its moments in JSON numbers of seconds (NumericDate, RFC 7519 §2) and lives
// no longer than tokens of its kind do. The library takes strings as well, and a token of an issuer that counts in
// milliseconds would never end: what lies between iat and exp is what tells.
func checkLifetime(token string, longest time.Duration) error {
	claims := map[string]json.RawMessage{} // and not a struct: encoding/json would take "EXP" for "exp"
	if parts := strings.Split(token, "."); len(parts) == 3 {
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(raw, &claims) != nil {
			return errors.New("claims that cannot be read")
		}
	}
	issued, hasIssued := seconds(claims["iat"])
	expires, hasExpiry := seconds(claims["exp"])
	_, hasStart := seconds(claims["nbf"])
	switch {
	case !hasIssued || !hasExpiry || !hasStart && claims["nbf"] != nil:
		return errors.New("iat, exp or nbf is not a number of seconds")
	case expires-issued > int64(longest/time.Second):
		return fmt.Errorf("it lives longer than %s", longest)
	}
	return nil
}

// momentDigits is the most digits of a moment: 10 until the year 2286, and 13 in milliseconds.
const momentDigits = 11

// seconds reads a moment. A fraction is dropped: RFC 7519 allows one, and issuers write some.
func seconds(raw json.RawMessage) (int64, bool) {
	whole, fraction, _ := strings.Cut(string(raw), ".")
	if whole == "" || len(whole) > momentDigits || strings.Trim(whole+fraction, digits) != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	return n, err == nil
}
