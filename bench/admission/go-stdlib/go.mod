module go-stdlib

go 1.22
