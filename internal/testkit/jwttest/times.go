package jwttest

import (
	"strconv"
	"strings"
	"time"
)

// times are rightly signed and say their times otherwise than in seconds, or would live for longer than any kind of
// token does: a day and an hour is more than the longest.
func (t Target) times() map[string]string {
	all := map[string]string{}
	now, end := t.Now.Unix(), t.Now.Add(time.Minute).Unix()
	for what, change := range map[string]Claims{
		"expires in a string": {"exp": strconv.FormatInt(end, 10)}, "made in a string": {"iat": strconv.FormatInt(now, 10)}, "begins in a string": {"nbf": strconv.FormatInt(now, 10)},
		"expires in milliseconds": {"exp": end * 1000}, "begins in milliseconds": {"nbf": now * 1000}, "made in milliseconds": {"iat": now * 1000},
		"all in milliseconds": {"exp": end * 1000, "nbf": now * 1000, "iat": now * 1000}, "expires in microseconds": {"exp": end * 1_000_000},
		"expires in a list": {"exp": []int64{end}}, "expires in an object": {"exp": Claims{"seconds": end}}, "expires in true": {"exp": true},
		"lives for a day and an hour": {"exp": t.Now.Add(25 * time.Hour).Unix()}, "lives for a century": {"exp": t.Now.AddDate(100, 0, 0).Unix()},
		"was made long ago": {"iat": t.Now.Add(-25 * time.Hour).Unix()}, "was made at zero": {"iat": 0}, "was made below zero": {"iat": -end},
		"was made at no time": {"iat": nil}, "expires as EXP": {"exp": nil, "EXP": end}, "was made as Iat": {"iat": nil, "Iat": now},
		"begins below zero": {"nbf": -1}, "begins in words": {"nbf": "now"},
	} {
		all[what] = t.Token(t.Header(), t.ValidClaims().With(change), t.Key)
	}
	for what, number := range map[string]string{"with an exponent": "1e11", "beyond any number": "1e999", "of 400 digits": strings.Repeat("9", 400)} {
		open := strings.TrimSuffix(mustJSON(t.ValidClaims().With(Claims{"exp": nil})), "}")
		all["expires in a number "+what] = t.Token(t.Header(), open+`,"exp":`+number+`}`, t.Key)
	}
	return all
}
