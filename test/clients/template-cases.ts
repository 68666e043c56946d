/**
 * Templates of `inspect --format`, over the container that templates.test.ts makes. docker and drydock have to answer the same
 * to each: the text, the message, the exit code.
 */
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

export const groups: Readonly<Record<string, readonly string[]>> = {
  fields: lines(String.raw`
{{.ID}} {{.HostConfig.NanoCPUs}} {{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostIP}}:{{.HostPort}}{{end}}{{end}}
{{.Id}} {{.Config.Labels.tier}} {{.State}} {{.HostConfig.DNS}}
{{.Id}} {{.Config.Labels.none}}
{{.ID}} {{.Config.Labels.none}}
{{.Id}} {{.State}} {{.Mounts}} {{.Config.Entrypoint}}
{{.Name}} {{.State.Status}} {{.Config.Labels.tier}} {{(.State).Status}} {{(index .Mounts 0).Destination}}
{{.Config.Labels.none}}|{{.Config.Labels.com.x}}|{{.Config.Labels}}
{{.Config.Entrypoint}} {{.HostConfig.Binds}} {{.HostConfig.OomKillDisable}} {{.HostConfig.Links}} {{.ExecIDs}}
{{.NetworkSettings.Networks.bridge.IPAMConfig}} {{.NetworkSettings.Networks.bridge.DriverOpts}} {{.GraphDriver.Data}}
{{.HostConfig.PidsLimit}} {{.HostConfig.MemorySwappiness}} {{.HostConfig.Init}} {{.Config.Healthcheck}} {{.State.Health}}
{{.Config.Volumes}} {{.Config.ExposedPorts}} {{.HostConfig.PortBindings}} {{.HostConfig.LogConfig}} {{.HostConfig.RestartPolicy}}
{{.HostConfig.NanoCpus}} {{.HostConfig.ShmSize}} {{.HostConfig.ConsoleSize}} {{.HostConfig.RestartPolicy.Name}} {{.State}}
{{json .Args}} {{json .Config.Labels}} {{json .Config.Env}} {{json nil}} {{json .Config.Entrypoint}} {{json 1.0}} {{json .State.Pid}}
{{json "<a>\u2028\x01\t"}}
{{.Nope}}
{{.State.Nope}}
{{.State.Health.Status}}
{{.Config.Entrypoint.Foo}}
{{.Name.Foo}}
{{$.Name.X}}
{{(.Name).X}}
{{((index .Mounts 0)).Nope}}
{{range .Args}}{{.Foo}}{{end}}
{{range .Mounts}}{{.Nope}}{{end}}
{{with .Nope}}x{{end}}
{{.Name 3}}
{{.State.Status | .Name}}
{{1 | .Name}}
{{.Args.0}}
{{.Config.Labels.com.x.y-z}}
`),
  constants: lines(String.raw`
{{0x10}} {{010}} {{0b11}} {{0o17}} {{1_000}} {{'a'}} {{'\n'}} {{'ä'}} {{'\''}} {{1e3}} {{1.0}} {{-5}} {{+5}} {{.5}} {{0}} {{00}}
{{100000.0}} {{1000000.0}} {{12345678.0}} {{123456789.5}} {{0.0001}} {{0.00001}} {{9223372036854775807}} {{-9223372036854775808}}
{{"a\tb\x41\u00e9\101\\\""}} {{${'`'}raw\n{{x}}${'`'}}} {{"}}"}} {{""}}
{{true}} {{false}} {{.Name}}{{/* words */}} {{print nil}}
{{nil}}
{{99999999999999999999}}
{{089}}
{{'ab'}}
{{''}}
{{"a\qb"}}
{{"a'b\'"}}
{{1a}}
{{1+2}}
{{0xg}}
{{3.x}}
`),
  'what cannot be read': lines(String.raw`
{{
{{.Name
{{.Name}
{{.}x}
{{}}
{{|}}
{{.Name | | len}}
{{.Name | }}
{{.Name | 3}}
{{.Name | "a"}}
{{.Name , 3}}
{{(.Name}}
{{.Name)}}
{{()}}
{{"a}}
{{${'`'}a}}
{{'a}}
{{€}}
{{a:b}}
{{:}}
{{nope}}
{{nope .Name}}
{{"a".x}}
{{true.x}}
{{nil.x}}
{{..x}}
{{.Name.}}
{{$.}}
{{$y}}
{{$a, $b := .Args}}
{{range $a, $b, $c := .Args}}{{end}}
{{range $a, 3 := .Args}}{{end}}
{{if}}x{{end}}
{{with}}{{end}}
{{range}}{{end}}
{{if .Name}}
{{range .Args}}a{{else}}
{{end}}
{{else}}
{{end 3}}
{{else 3}}
{{if true}}a{{else foo}}b{{end}}
{{if .Name}}a{{else}}b{{else}}c{{end}}
{{if .Config.Entrypoint}}a{{else with .Name}}{{.}}{{end}}
{{range .Args}}a{{else if true}}b{{end}}
{{break}}
{{continue}}
{{range .Args}}{{break 3}}{{end}}
{{range .Args}}{{else}}{{break}}{{end}}
{{/* a
{{/* a */ }}
{{ /* a */}}
{{.Name {{.Id}}}}
{{- .Name -}} {{-3}} {{- 3}} {{3 -}} {{-}}
`),
  blocks: lines(String.raw`
{{if .Config.Entrypoint}}a{{else if .Args}}b{{else}}c{{end}} {{if 0}}a{{end}}{{if 0.0}}b{{end}}{{if ""}}c{{end}}{{if nil}}d{{end}}
{{if .Name}}a{{end}}{{if .State}}b{{end}}{{if .Config.Labels}}c{{end}}{{if .HostConfig.Init}}d{{else}}e{{end}}
{{with .Config.Entrypoint}}a{{else with .Name}}{{.}}{{else}}c{{end}} {{with .State}}{{$.Name}}{{.Status}}{{end}}
{{range .Args}}{{.}};{{end}} {{range $e := .Args}}{{$e}}{{end}} {{range $i, $e := .Args}}{{$i}}={{$e}},{{end}}
{{range .Config.Entrypoint}}a{{else}}none{{end}} {{range .Config.Labels.none}}a{{else}}none{{end}} {{range nil}}{{end}}
{{range $k, $v := .Config.Labels}}{{$k}}={{$v}},{{end}} {{range .Config.Labels}}{{.}};{{end}}
{{range $p, $c := .HostConfig.PortBindings}}{{$p}} -> {{(index $c 0).HostPort}}{{end}}
{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{$v.IPAddress}}{{end}}
{{range $i, $e := .Args}}{{if eq $i 1}}{{continue}}{{end}}{{if eq $i 2}}{{break}}{{end}}{{$e}}{{end}}
{{range .Args}}{{range $.Args}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}};{{end}}
{{range .Mounts}}{{.Type}} {{.RW}} {{$.Name}}{{end}}
{{range 3}}{{.}};{{end}} {{range $i := 3}}{{$i}};{{end}} {{range 0}}x{{else}}none{{end}} {{range .State.Pid}}x{{else}}none{{end}}
{{range $i, $e := 3}}{{$i}};{{end}}
{{range .Name}}x{{end}}
{{range "ab"}}{{.}};{{end}}
{{range 1.5}}x{{end}}
{{range true}}x{{end}}
{{range .Nope}}a{{else}}none{{end}}
a  {{- 3}}  {{3 -}}  b {{- /* words */ -}} c {{/* more */}} d
{{if true -}}  a  {{- else}} b {{end -}}   c
`),
  variables: lines(String.raw`
{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}{{if true}}{{$x := 3}}{{$x}}{{$x = 4}}{{end}}{{$x}}
{{$n := ""}}{{range .Args}}{{$n = .}}{{end}}{{$n}} {{range .Args}}{{$m := .}}{{$m}}{{end}} {{$ := 3}}{{$}}
{{with $x := .State}}{{$x.Status}}{{end}} {{if $x := .Name}}{{$x}}{{else}}{{$x}}{{end}} {{($y := 3) | print}}{{$y}}
{{with $x := .Name}}{{$x}}{{end}}{{$x}}
{{$x = 1}}
{{$x := .Name}}{{$x.Foo}}
{{range $i, $e = .Args}}{{end}}
{{$i := 7}}{{$e := 8}}{{range $i, $e = .Args}}{{$i}}{{$e}}{{end}} {{$i}}{{$e}}
{{$x := .Name | len}}{{$x}} {{$x := print 1 2 | printf "%s!"}}{{$x}}
{{$x}}{{$x := 1}}
`),
  'templates in templates': lines(String.raw`
{{define "t"}}[{{.}}{{$}}]{{end}}{{template "t" .Name}}{{template "t"}}
{{block "b" .Args}}<{{.}}>{{end}} {{template "b" 3}} {{define "c"}}{{range .}}{{.}},{{end}}{{end}}{{template "c" .Args}}
{{define "r"}}{{if .}}x{{template "r" (slice . 1)}}{{end}}{{end}}{{template "r" "four"}}
{{define "a"}} {{end}}{{define "a"}}b{{end}}{{template "a"}} {{template "d"}}{{define "d"}}late{{end}}
{{$x := 3}}{{block "b" $x}}{{.}}{{$}}{{end}} {{define ${'`'}raw${'`'}}}{{print "r"}}{{end}}{{template ${'`'}raw${'`'}}}
{{template "none"}}
{{template "none" .Name}}
{{define "t"}}{{.Foo}}{{end}}{{template "t" .Name}}
{{define "t"}}{{index . 99}}{{end}}a {{template "t" .Args}}
{{define "t"}}a
{{define t}}{{end}}
{{define "t"}}a{{else}}{{end}}
{{define "t"}}a{{end}}{{define "t"}}b{{end}}{{template "t"}}
{{if true}}{{define "t"}}a{{end}}{{end}}
{{define "x" .}}a{{end}}
{{define "a"}}{{end}}{{end}}
{{template .Name}}
{{template}}
{{template "x"
{{template "t" 1 2}}{{define "t"}}{{end}}
{{block "x"}}a{{end}}
{{block "x" .}}a
{{$x := .Name}}{{define "t"}}{{$x}}{{end}}
{{range .Args}}{{block "x" .}}{{break}}{{end}}{{end}}
`),
  'pipes and parentheses': lines(String.raw`
{{((.Name))}} {{(3)}} {{printf "%s" (.Name)}} {{printf "%s" (index .Args 0) | upper}} {{.Name | printf "%s-%s" "a" | len}}
{{3 | printf "%d %s" 4}} {{.State.Running | not}} {{.Args | len | printf "%03d"}} {{(index .Args 0 | upper) | printf "%s!"}}
{{if and .Name (gt (len .Args) 2)}}y{{end}} {{if or (eq .Name "x") (and (ne .Name "y") (not .Config.Entrypoint))}}z{{end}}
{{  .Name   |   printf   "%s"  }}
{{(3).x}}
{{(3) 4}}
{{3 4}}
{{"a" "b"}}
{{. 3}}
{{.Name | (len)}}
{{print (nil)}}
{{$x := 3}}{{$x 4}}
{{$x := 3}}{{4 | $x}}
`),
  'and, or, not': lines(String.raw`
{{and 0 (index .Args 99)}} {{or 1 (index .Args 99)}} {{or 0 "" nil}} {{and .Name nil}} {{or nil .Name}} {{and true .Args}}
{{0 | and 1}} {{1 | or 0}} {{5 | and 0}} {{or 0 0.0 "" false}} {{and 1}} {{not .Args}} {{not nil}} {{not 0}} {{not .State}}
{{and 1 (index .Args 99)}}
{{or 0 (index .Args 99)}}
{{and}}
{{or}}
{{not}}
{{not 1 2}}
`),
  comparisons: lines(String.raw`
{{eq 1 2 1}} {{eq "a" "b"}} {{ne 1 2}} {{le 1 1}}{{ge "b" "a"}}{{gt 1.5 1.0}}{{lt 2 10}}{{lt "2" "10"}} {{eq true true}} {{eq 1.5 1.5}}
{{eq .State.Status "created" "x"}} {{eq .State.Pid 0}} {{eq .State.Running false}} {{eq .HostConfig.Memory 67108864}} {{gt .HostConfig.Memory 5}}
{{eq .HostConfig.NetworkMode "default"}} {{ne .Config.Image ""}} {{eq nil nil}} {{eq .Config.Entrypoint nil}} {{eq 'a' 97}}
{{if eq .Config.Labels.none "x"}}a{{else}}b{{end}} {{eq .Config.Labels.none nil}} {{eq (index .Config.Labels "none") ""}}
{{gt .HostConfig.Memory "x"}}
{{eq 1}}
{{eq}}
{{eq 1 1.0}}
{{eq .Name 1}}
{{eq 1 1 "a"}}
{{eq 1 2 "a"}}
{{eq .Args .Args}}
{{eq .Args "a"}}
{{eq .State "x"}}
{{ne 1}}
{{ne 1 2 3}}
{{lt 1 "a"}}
{{lt true false}}
{{lt nil 1}}
{{lt .Args 1}}
{{ge 1 "a"}}
{{lt 1}}
`),
  'index, slice, len': lines(String.raw`
{{index .Args 0}} {{index .Name 1}} {{index .Config.Labels "none"}}| {{index .Config.Labels "com.x.y-z"}} {{index .Args}} {{index .Mounts 0 | len | not}}
{{index .NetworkSettings.Ports "80/tcp"}} {{index .NetworkSettings.Networks "none"}} {{(index .HostConfig.PortBindings "80/tcp" 0).HostPort}}
{{slice .Args}} {{slice .Args 1}} {{slice .Args 1 2}} {{slice .Args 0 1 2}} {{slice .Name 1 3}} {{slice .Args 3}} {{slice "" 0}}|{{slice .Id 0 3}}
{{len .Name | lt 3}} {{len "ä"}} {{len .Config.Labels}} {{len .Mounts}} {{len .Config.Entrypoint}} {{len ""}}
{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}
{{index .Args 3}}
{{index .Args 4}}
{{index .Args -1}}
{{index .Args "a"}}
{{index .Args nil}}
{{index .Name 99}}
{{index .Config.Labels 1}}
{{index .Config.Labels nil}}|
{{index .State.Pid 1}}
{{index nil 1}}
{{index 3 1}}
{{index}}
{{index .Config.Labels "none" "x"}}
{{slice .Args 4}}
{{slice .Args 5}}
{{slice .Args 2 1}}
{{slice .Args -1}}
{{slice .Args "a"}}
{{slice .Args nil}}
{{slice .Args 0 2 1}}
{{slice .Name 0 1 2}}
{{slice .Name 2 99}}
{{slice .Args 0 1 2 3}}
{{slice 3 1}}
{{slice nil}}
{{slice .Config.Labels 1}}
{{len nil}}
{{len 3}}
{{len true}}
{{len .State.Pid}}
{{len .Args .Args}}
`),
  print: lines(String.raw`
{{print 1 2 "x" 3 true false 1.0 1e3 1e21 1e20 0.000001 1e-7}} {{print}}{{print .Args .Name "a" "b" 1 2}} {{print .Config.Labels.none}}
{{println 1 "a" nil}}|{{println}}|{{println .Name .Args}}
{{printf "%d %5d|%-5d|%05d %x %X %o %b %c %q %U %+d % d|%#x %#o %.3d %O" 5 5 5 5 255 255 8 5 65 65 65 5 5 255 8 5 8}}
{{printf "%s %q %x %X % x %10s|%-10s|%.2s|%v|%5.1s|%05s" "ab" "a\"b" "hi" "hi" "hi" "ab" "ab" "äöü" "v" "xyz" "ab"}}
{{printf "%f %.2f %e %g %8.3f|%-8.1f|%08.3f|%+.1f|%E %G %.3g %.0f" 1.5 1.0 1.5 1e21 3.14159 2.5 3.14159 1.5 123456.789 1e-7 1234567.0 1.2}}
{{printf "%t %v %5t|%T %T %T %T %T" true false true 1 "s" 1.0 true nil}}
{{printf "%v %+v %#v" .Args .Args .Args}} {{printf "%q %x" .Args .Args}} {{printf "%s %v" .Args .Config.Labels}} {{printf "%#v %#v %#v" "a" 1 true}}
{{printf "%d %s %z" "a" 1 2}} {{printf "%s"}} {{printf "%d" 1 2}} {{printf "%!" 1}} {{printf "%"}} {{printf "%*d|%-*d|" 5 1 5 1}} {{printf "%[2]d %[1]d" 1 2}} {{printf "%[5]d" 1}}
{{printf "%v %s %d" nil nil nil}} {{printf "%s" .Config.Labels.none}} {{printf "%d" .Args}} {{printf "100%%"}} {{printf "%6.2f%%" 12.345}} {{printf "%+q %#q" "ä" "a"}}
{{printf "%-20s|" .HostConfig.NetworkMode}} {{printf "%q" .Name}} {{printf "%s" .Config.Env}} {{printf "%s" .State.Running}} {{printf "" 1 "a"}}
{{printf "%d" .HostConfig.Memory}}
{{range .HostConfig.Memory | printf "%d"}}x{{end}}
{{printf 3}}
{{printf}}
{{printf nil}}
{{printf .Args}}
`),
  'html, js, urlquery, call': lines(String.raw`
{{html "<a href='x'>&\"" 1 2}} {{js "<a href='x'>&=\"\n\\é\u0001"}} {{urlquery "a b&c/ü~*'()!"}} {{html .Args}} {{js 3 4}} {{urlquery .Args}} {{html}}|
{{html .Config.Labels.none}} {{html nil}} {{.Config.Labels.odd | html}} {{.Config.Labels.odd | js}} {{.Config.Labels.odd | urlquery}}
{{call .Name}}
{{call (index .Args 0) 1}}
{{call nil}}
{{call}}
{{call 3}}
`),
  'Docker’s own functions': lines(String.raw`
{{join .Args "-"}} {{join .Config.Entrypoint ","}}| {{"-" | join .Args}} {{split .Name "e"}} {{split "" ","}} {{split "abc" ""}} {{.Name | split "x"}}
{{upper .Name}} {{lower "ÄB"}} {{title "ab cd-ef_g h.i äb 1a ’x"}} {{upper "ßä"}} {{pad .Name 2 1}}| {{pad "" 2 2}}| {{pad .Name 1.0 1}}|
{{truncate .Name 2}} {{truncate .Name 99}} {{truncate .Name 4}} {{upper .HostConfig.NetworkMode}} {{json (split "a,b" ",")}} {{index (split "a:b" ":") 1}}
{{join (split "a,b" ",") ";"}} {{range split "a b" " "}}{{.}};{{end}} {{.Args | json | len}} {{join .Config.Env " "}}
{{.Args | join "-"}}
{{join .Args}}
{{join .Name "-"}}
{{join .Args 3}}
{{split .Name}}
{{split 3 "a"}}
{{upper 3}}
{{upper .State.Pid}}
{{upper .Args}}
{{upper nil}}
{{upper .Config.Labels.none}}
{{.Config.Labels.none | upper}}
{{.Config.Labels.none | len}}
{{upper "a" "b"}}
{{pad .Name -1 2}}
{{pad 3 1 1}}
{{pad .Name "1" 1}}
{{pad .Name 1.5 1}}
{{pad .Name 1}}
{{truncate .Name -1}}
{{truncate .State.Pid 1}}
{{truncate .Name "a"}}
{{json}}
{{json 1 2}}
`),
  'more lines than one': [
    'a\n{{.Nope}}',
    'ä\nöä {{.Nope}}',
    '{{if .Name}}\n  {{- .Nope}}\n{{end}}',
    'a\n\n{{nope}}',
    '{{.Name\n| len}}',
    '{{.Name\n\n',
    '{{/* a\nb */}}{{\n.Name\n}}',
    '{{print "a\nb"}}',
    '{{printf `a\nb%d` 3}}\n{{.Nope.Foo}}',
  ],
};
